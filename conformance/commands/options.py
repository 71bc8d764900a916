"""Options that several commands share: how one is declared, and the files that a run is written to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def option(help: str, *names: str, metavar: str | None = "F", **more: Any) -> Any:
    """An option with one line of help; defaults and environment variables are part of that line."""
    return typer.Option(*names, help=help, metavar=metavar, show_default=False, show_envvar=False, **more)


Html = Annotated[Path | None, option("Write the HTML report here.")]
Json = Annotated[Path | None, option("Write the results as JSON here.")]
Junit = Annotated[Path | None, option("Write JUnit XML here.")]
Sarif = Annotated[Path | None, option("Write SARIF here, for code scanning.")]
Markdown = Annotated[Path | None, option("Write a pull request's summary here.")]
Badge = Annotated[Path | None, option("Write an SVG badge here.")]
