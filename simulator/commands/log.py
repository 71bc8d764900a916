"""`scimulator log`: shows the provisioning log of an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors

ACTIONS = ("create", "update", "disable", "delete", "stageddelete", "other")
STATUSES = ("success", "failure", "skipped", "warning")


def log(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Event stream of a simulation.")],
    who: Annotated[
        str,
        typer.Option(
            metavar="WHO", help="Show only this user or group: a part of its name, or its id.", show_default=False
        ),
    ] = "",
    action: Annotated[
        str,
        typer.Option(metavar="ACTION", help="Show only create, update, disable, delete, or other.", show_default=False),
    ] = "",
    status: Annotated[
        str,
        typer.Option(metavar="STATUS", help="Show only success, failure, skipped, or warning.", show_default=False),
    ] = "",
    code: Annotated[
        str, typer.Option(metavar="CODE", help="Show only entries with this error code.", show_default=False)
    ] = "",
    details: Annotated[
        bool,
        typer.Option(
            "--details", metavar="", help="Show steps, changed attributes, and requests as well.", show_default=False
        ),
    ] = False,
) -> None:
    """Show the provisioning log of a simulation as Entra ID shows it, with the requests that Entra ID does not show.

    Example: scimulator log run.jsonl --status failure --details
    """
    with clear_errors("log"):
        from simulator.report.log_view import LogFilter, log_lines
        from simulator.run.session import BadInput
        from simulator.stream.run_stream import read_stream

        for option, value, known in (("--action", action, ACTIONS), ("--status", status, STATUSES)):
            if value and value.lower() not in known:
                raise BadInput(f'{option}: expected one of {", ".join(known)}, got "{value}"')
        wanted, empty = LogFilter(who, action, status, code), True
        for line in log_lines(read_stream(run), wanted, details=details):
            empty = False
            typer.echo(line)
        if empty:
            typer.echo("No entry matches." if wanted != LogFilter() else "The log has no entries.")
