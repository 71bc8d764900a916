"""`scimulator report` for the event stream of a load test."""

from __future__ import annotations

from pathlib import Path

import typer

FORMATS = ("html", "json", "csv", "junit")


def report_run(runs: list[Path], outputs: dict[str, Path]) -> int:
    """Print the summary and write a file for each format in `outputs`. Returns the exit code of the earlier run."""
    from loadtests.report.console import console_lines
    from loadtests.report.outputs import Outputs
    from loadtests.report.run_events import end_of
    from simulator.stream.run_stream import UnreadableStream, read_stream

    try:
        events = list(read_stream(runs[0], "load"))
        Outputs(outputs.get("json"), outputs.get("html"), outputs.get("csv"), outputs.get("junit")).write(events)
    except UnreadableStream as error:
        typer.echo(f"scimulator report: {error}", err=True)
        raise typer.Exit(2) from None
    for line in console_lines(events):
        typer.echo(line)
    return end_of(events)["exit_code"]
