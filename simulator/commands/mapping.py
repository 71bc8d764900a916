"""`scimulator mapping`: a mapping as a synchronization schema, and expressions to try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors


def mapping(
    file: Annotated[Path | None, typer.Argument(help="A schema to read; none: the default mapping.")] = None,
    evaluate: Annotated[str | None, typer.Option(help="An expression to try.")] = None,
    value: Annotated[list[str] | None, typer.Option(help="A source attribute for it: NAME=VALUE.")] = None,
) -> None:
    """Write a mapping as the synchronization schema (JSON) that Entra exports and imports, or try an expression.

    Example: scimulator mapping --evaluate 'ToLower([mail])' --value mail=Ann@Example.com
    """
    with clear_errors("mapping"):
        from simulator.commands.run_mapping import evaluated, exported

        typer.echo(exported(file) if evaluate is None else evaluated(evaluate, value or []))
