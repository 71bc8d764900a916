"""`scimulator report`: reads an earlier simulation or replay again, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import Html, Json, LogFile


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a simulation or a replay.")],
    html: Html = None,
    json: Json = None,
    log: LogFile = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    with clear_errors("report"):
        from simulator.report.saved_runs import report_again

        raise typer.Exit(report_again(run, html, json, log))
