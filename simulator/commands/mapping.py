"""`scimulator mapping`: writes a mapping as a synchronization schema, and evaluates expressions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors


def mapping(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Exported schema to read. Without it, the default mapping of Entra ID is used."
        ),
    ] = None,
    evaluate: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="Evaluate this expression and print its value.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Source attribute for the expression. Repeatable."),
    ] = None,
) -> None:
    """Write an attribute mapping as the synchronization schema (JSON) that Entra ID exports, or evaluate an expression.

    Example: scimulator mapping --evaluate 'ToLower([mail])' --value mail=Ann@Example.com
    """
    with clear_errors("mapping"):
        from simulator.commands.run_mapping import evaluated, exported

        typer.echo(exported(file) if evaluate is None else evaluated(evaluate, value or []))
