"""`scimulator replay`: recorded traffic against a server, or a recording in another form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import StreamFile, Token, Url


def replay(
    tape: Annotated[Path, typer.Argument(help="A tape, a HAR, or the stream of a run.")],
    url: Url = None,
    token: Token = None,
    json: Annotated[Path | None, typer.Option(help="Write the departures as JSON here.")] = None,
    stream: StreamFile = None,
    scrub: Annotated[Path | None, typer.Option(help="Send nothing; write it without people here.")] = None,
    convert: Annotated[Path | None, typer.Option(help="Send nothing; write it as F.har or F.tape.")] = None,
) -> None:
    """Send recorded traffic to a server and compare the answers by meaning.

    What the recorded requests create stays in the target.

    Example: scimulator replay life.tape --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("replay"):
        from simulator.commands.run_replay import run_copy, run_replay
        from simulator.run.session import Secrets

        if out := scrub or convert:
            raise typer.Exit(run_copy(tape, out, scrub=scrub is not None))
        raise typer.Exit(run_replay(tape, url, Secrets(token), json, stream))
