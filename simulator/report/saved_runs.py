"""Writes the reports of a finished stream: after a run, and again whenever somebody asks."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Any

from simulator.report.console import ConsoleReport, summary_lines
from simulator.report.html import simulation_page
from simulator.report.json_report import simulation_json
from simulator.report.log_csv import log_files
from simulator.report.provisioning_log import log_entries
from simulator.run.session import write_output
from simulator.stream.run_stream import read_stream


def as_file(log: Path | None) -> Path | None:
    """The path of a provisioning log when it is to be one file of JSON lines; a path without a suffix is a folder."""
    return log if log is not None and log.suffix else None


def write_reports(stream: Path, html: Path | None, json: Path | None, log: Path | None = None) -> dict[str, Any]:
    """Write what is asked for; returns the run's summary. Raises UnreadableStream or BadInput."""
    events = list(read_stream(stream))
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
    summary: dict[str, Any] = events[-1]["summary"]
    return summary


def report_again(stream: Path, html: Path | None, json: Path | None, log: Path | None = None) -> int:
    """The console's summary and the files of an earlier run; returns that run's exit code."""
    import sys

    events = list(read_stream(stream))
    summary = write_reports(stream, html, json, log) if events[0]["tool"] == "simulate" else {}
    console = ConsoleReport()
    for event in events:
        if event["event"] in ("verified", "entry", "expectation", "end"):
            console(event)
    console.finish()
    for line in summary_lines(summary) if summary else ():
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"  {events[-1]['verdict']}     exit {events[-1]['exit_code']}\n")
    return int(events[-1]["exit_code"])
