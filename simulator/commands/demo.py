"""`scimulator demo`: a simulation and a conformance run on an embedded server, with one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors


def demo(out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report")) -> None:
    """The whole story in under a minute: provision, live through 30 days, sync to accounts, check, report.

    Example: scimulator demo --out report/
    """
    with clear_errors("demo"):
        from simulator.commands.run_demo import run_demo

        raise typer.Exit(run_demo(out))
