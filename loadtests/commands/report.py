"""The command `report` for a load run: read its event stream again, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a load run.")],
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the operations as CSV here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the verdicts as JUnit XML here.")] = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    from loadtests.report.console import console_lines
    from loadtests.report.outputs import Outputs
    from loadtests.report.run_events import end_of
    from simulator.stream.run_stream import UnreadableStream, read_stream

    try:
        events = list(read_stream(run, "load"))
        Outputs(json, html, csv, junit).write(events)
    except (UnreadableStream, OSError) as error:
        typer.echo(f"scimulator report: {error}", err=True)
        raise typer.Exit(2) from None
    for line in console_lines(events):
        typer.echo(line)
    raise typer.Exit(end_of(events)["exit_code"])
