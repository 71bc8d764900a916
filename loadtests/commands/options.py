"""How the options of `load` are declared: panels of the help page, and what the framework shows by itself."""

from __future__ import annotations

from typing import Any

import typer

TARGET, LOAD, MACHINES, JUDGMENT, OUTPUT = "Target", "Load", "Processes and machines", "Verdict", "Output"


def option(panel: str, help: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option in a panel of the help page; the framework shows its default, choices, and environment variable."""
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def flag(panel: str, help: str, *names: str) -> Any:
    """An option without a value. Being off needs no mention in the help."""
    return typer.Option(*names, help=help, metavar="", rich_help_panel=panel, show_default=False)
