"""`scimulator report` for check runs: shows an earlier run again, or compares several runs."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.commands.errors import one_line_errors
from conformance.commands.output_files import fullest_report, write_output, write_outputs
from conformance.report.compare import COMPARISONS
from conformance.report.console import ConsoleReport
from conformance.report.run_events import end_of
from conformance.settings.bad_input import BadInput
from conformance.settings.last_run import events_of

FORMATS = ("html", "json", "junit", "sarif", "markdown", "badge")


def report_run(runs: list[Path], outputs: dict[str, Path]) -> int:
    """Print the report of one run or a comparison of several, and write a file for each format in `outputs`."""
    with one_line_errors("report"):
        return compare_runs(runs, outputs) if len(runs) > 1 else report_again(runs[0], outputs)


def report_again(run: Path, outputs: dict[str, Path]) -> int:
    """Write the console report and the files of an earlier run; returns that run's exit code."""
    events = events_of(run)
    console = ConsoleReport(report=fullest_report(outputs))
    for event in events:
        console(event)
    write_outputs(events, outputs)
    return end_of(events)["exit_code"]


def compare_runs(runs: list[Path], outputs: dict[str, Path]) -> int:
    """Compare several runs: a table of the differences on the console and as Markdown or HTML."""
    streams = [events_of(run) for run in runs]
    names = [run.stem for run in runs]
    sys.stdout.write(COMPARISONS["text"](streams, names))
    for form, path in outputs.items():
        if form not in COMPARISONS:
            raise BadInput(f"--{form}: comparisons support only --markdown and --html")
        write_output(path, COMPARISONS[form](streams, names))
    return max(end_of(events)["exit_code"] for events in streams)
