"""Writes the reports of a finished stream: after a run, and again whenever somebody asks."""

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
    """The path of a provisioning log when it is to be one file of JSON lines; a path without a suffix is a folder."""
    return log if log is not None and log.suffix else None


def write_reports(stream: Path, html: Path | None, json: Path | None, log: Path | None = None) -> SimulateSummary:
    """Write what is asked for; returns the run's summary. Raises UnreadableStream or BadInput."""
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
    """The console's summary and the files of an earlier run; returns that run's exit code.

    Raises UnreadableStream or BadInput. Of a replay only the result is known.
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
    """The first failures and the figures, on the console."""
    events = list(read_stream(stream, "simulate"))
    console = ConsoleReport()
    for event in events:
        if event["event"] in ("difference", "verified", "entry", "expectation", "end"):
            console(event)
    console.finish()
    for line in summary_lines(summary):
        sys.stdout.write(line + "\n")
    return end_of(events)
