"""Helpers to declare the options of `load`, and the panels of its help page."""

from __future__ import annotations

from typing import Any

import typer

TARGET, LOAD, MACHINES, JUDGMENT, OUTPUT = "Target", "Load", "Processes and machines", "Verdict", "Output"


def option(panel: str, help: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option in a panel of the help page. The framework shows its default, choices, and environment variable."""
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def flag(panel: str, help: str, *names: str) -> Any:
    """An option without a value. The help page does not mention that it is off by default."""
    return typer.Option(*names, help=help, metavar="", rich_help_panel=panel, show_default=False)
