"""Prints errors of the input or the target as one line and sets the exit code, without importing large modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def clear_errors(command: str) -> Iterator[None]:
    """Run the body of a command. Its errors end the process with the documented exit codes."""
    from simulator.mapping.synchronization_schema import SchemaError
    from simulator.run.outcome import TargetUnusable
    from simulator.run.session import BadInput
    from simulator.scenario.load import ScenarioError
    from simulator.stream.run_stream import UnreadableStream
    from simulator.tape.tape import UnreadableTape

    try:
        yield
    except (BadInput, ScenarioError, SchemaError, UnreadableTape, UnreadableStream) as error:
        typer.echo(f"scimulator {command}: {error}", err=True)
        raise typer.Exit(2) from None
    except TargetUnusable as error:
        typer.echo(f"scimulator {command}: {error}", err=True)
        raise typer.Exit(3) from None
    except KeyboardInterrupt:
        typer.echo(f"scimulator {command}: interrupted; all processes that it started have ended", err=True)
        raise typer.Exit(130) from None
