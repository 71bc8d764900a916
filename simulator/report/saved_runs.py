"""Writes the reports of a finished stream, after a run or later."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path

from simulator.report.console import ConsoleReport, summary_lines
from simulator.report.html import simulation_page
from simulator.report.json_report import simulation_json
from simulator.report.log_csv import log_files
from simulator.report.provisioning_log import log_entries
from simulator.report.run_events import end_of
from simulator.run.session import write_output
from simulator.stream.events import ReplayEndEvent, SimulateEndEvent, SimulateSummary
from simulator.stream.run_stream import read_stream


def as_file(log: Path | None) -> Path | None:
    """The path if the provisioning log is a single file of JSON lines. A path without a suffix is a folder (None)."""
    return log if log is not None and log.suffix else None


def write_reports(stream: Path, html: Path | None, json: Path | None, log: Path | None = None) -> SimulateSummary:
    """Write the requested files and return the run's summary. Raises UnreadableStream or BadInput."""
    events = list(read_stream(stream, "simulate"))
    if html is not None:
        write_output(html, simulation_page(events))
    if json is not None:
        write_output(json, json_format.dumps(simulation_json(events), ensure_ascii=False, indent=1) + "\n")
    if as_file(log) is not None and log is not None:
        lines = [json_format.dumps(entry, ensure_ascii=False) for entry in log_entries(events)]
        write_output(log, "".join(f"{line}\n" for line in lines))
    elif log is not None:
        for name, content in log_files(log_entries(events)).items():
            write_output(log / name, content)
    return end_of(events)["summary"]


def report_again(stream: Path, html: Path | None, json: Path | None, log: Path | None = None) -> int:
    """Print the summary of an earlier run and write its reports. Returns the exit code of that run.

    For a replay, only the result is printed. Raises UnreadableStream or BadInput.
    """
    header = next(read_stream(stream))
    if header["event"] == "run" and header["tool"] == "replay":
        end: SimulateEndEvent | ReplayEndEvent = _end_of_replay(stream)
    else:
        end = _tell_simulation(stream, write_reports(stream, html, json, log))
    sys.stdout.write(f"  {end['verdict']}     exit {end['exit_code']}\n")
    return end["exit_code"]


def _end_of_replay(stream: Path) -> ReplayEndEvent:
    return next(event for event in list(read_stream(stream, "replay")) if event["event"] == "end")


def _tell_simulation(stream: Path, summary: SimulateSummary) -> SimulateEndEvent:
    """Print the first failures and the totals."""
    events = list(read_stream(stream, "simulate"))
    console = ConsoleReport()
    for event in events:
        if event["event"] in ("difference", "verified", "entry", "expectation", "end"):
            console(event)
    console.finish()
    for line in summary_lines(summary):
        sys.stdout.write(line + "\n")
    return end_of(events)
