"""Options that several commands share: how to declare one, the output files of a run, and what fails it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

TARGET, SELECTION, BEHAVIOR, OUTPUT, OTHER = "Target", "Selection", "Behavior", "Output", "Instead of a run"


def option(panel: str, help: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option in a panel of the help page; the framework shows its default, choices, and environment variable."""
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def flag(panel: str, help: str, *names: str, **more: Any) -> Any:
    """An option without a value; the help page does not show that it is off by default."""
    return typer.Option(*names, help=help, metavar="", rich_help_panel=panel, show_default=False, **more)


Html = Annotated[Path | None, option(OUTPUT, "Write the HTML report to this file.", metavar="FILE")]
Json = Annotated[Path | None, option(OUTPUT, "Write the results as JSON to this file.", metavar="FILE")]
Junit = Annotated[Path | None, option(OUTPUT, "Write the results as JUnit XML to this file.", metavar="FILE")]
Sarif = Annotated[Path | None, option(OUTPUT, "Write the findings as SARIF, for code scanning.", metavar="FILE")]
Markdown = Annotated[Path | None, option(OUTPUT, "Write a Markdown summary, for a pull request.", metavar="FILE")]
Badge = Annotated[Path | None, option(OUTPUT, "Write an SVG badge to this file.", metavar="FILE")]
Stream = Annotated[
    Path | None,
    option(OUTPUT, "Write the event stream, from which `scimulator report` makes every report.", metavar="FILE"),
]
Level = Annotated[
    Literal["must", "should"],
    option(BEHAVIOR, "Fail the run on violations of a MUST only, or of a SHOULD as well."),
]
