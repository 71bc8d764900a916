"""`scimulator log`: the provisioning log of an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors


def log(
    run: Annotated[Path, typer.Argument(help="The event stream of a simulation.")],
    who: Annotated[str, typer.Option(help="Only this person or group: part of a name, or an id.")] = "",
    action: Annotated[str, typer.Option(help="Only create, update, disable, delete, other.")] = "",
    status: Annotated[str, typer.Option(help="Only success, failure, skipped, warning.")] = "",
    code: Annotated[str, typer.Option(help="Only this error code.")] = "",
    details: Annotated[bool, typer.Option("--details", help="Steps, changes and exchanges too.")] = False,
) -> None:
    """Show a run's provisioning log as Entra shows it, with the exchanges that Entra does not show.

    Example: scimulator log run.jsonl --status failure --details
    """
    with clear_errors("log"):
        from simulator.report.log_view import LogFilter, log_lines
        from simulator.stream.run_stream import read_stream

        for line in log_lines(read_stream(run), LogFilter(who, action, status, code), details=details):
            typer.echo(line)
