"""Errors of a command: one line on standard error, and the exit code of the command-line contract."""

from __future__ import annotations

import typer

from conformance.settings.bad_input import BadInput


class one_line_errors:
    """Turns BadInput and Ctrl-C into one line and an exit code."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadInput):
            typer.echo(f"scimulator {self._command}: {error}", err=True)
            raise typer.Exit(error.code)
        if isinstance(error, KeyboardInterrupt):
            told = "interrupted; what the run created was removed, and what it started has ended"
            typer.echo(f"scimulator {self._command}: {told}", err=True)
            raise typer.Exit(130)
