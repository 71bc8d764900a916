"""`scimulator demo`: a simulation and a conformance run on an embedded server, with one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors


def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Write the reports to this folder.")] = Path("report"),
) -> None:
    """Play a month of joiners, movers, and leavers in under a minute.

    The demo provisions 200 users, plays 30 days of changes, synchronizes them into accounts, checks the server, and writes a
    report.

    Example: scimulator demo --out report/
    """
    with clear_errors("demo"):
        from simulator.commands.run_demo import run_demo

        raise typer.Exit(run_demo(out))
