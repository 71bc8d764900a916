"""`scimulator report`: reads earlier check runs again, in any format; several side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.errors import one_line_errors
from conformance.commands.options import Badge, Html, Json, Junit, Markdown, Sarif
from conformance.commands.output_files import fullest_report, write_output, write_outputs
from conformance.report.compare import COMPARISONS
from conformance.report.console import ConsoleReport
from conformance.report.run_events import end_of
from conformance.settings.bad_input import BadInput
from conformance.settings.last_run import events_of


def report(
    run: Annotated[list[Path], typer.Argument(help="Event streams of check runs; several are compared.")],
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
) -> None:
    """Read a run's event stream again, in any format; several side by side.

    Example: scimulator report run.jsonl --html report.html
    """
    outputs = {"html": html, "json": json, "junit": junit, "sarif": sarif, "markdown": markdown, "badge": badge}
    with one_line_errors("report"):
        raise typer.Exit(compare_runs(run, outputs) if len(run) > 1 else report_again(run[0], outputs))


def report_again(run: Path, outputs: dict[str, Path | None]) -> int:
    """Console and files from an earlier run's stream; returns that run's exit code."""
    events = events_of(run)
    console = ConsoleReport(report=fullest_report(outputs))
    for event in events:
        console(event)
    write_outputs(events, outputs)
    return end_of(events)["exit_code"]


def compare_runs(runs: list[Path], outputs: dict[str, Path | None]) -> int:
    """Several runs side by side: a table of what differs, on the console and as Markdown or HTML."""
    streams = [events_of(run) for run in runs]
    names = [run.stem for run in runs]
    sys.stdout.write(COMPARISONS["text"](streams, names))
    for form, path in outputs.items():
        if path is not None:
            if form not in COMPARISONS:
                raise BadInput(f"--{form}: a comparison is written as --markdown or --html")
            write_output(path, COMPARISONS[form](streams, names))
    return max(end_of(events)["exit_code"] for events in streams)
