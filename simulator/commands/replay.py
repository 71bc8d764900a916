"""`scimulator replay`: sends recorded requests to a server, or converts a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import OTHER, OUTPUT, StreamFile, Token, Url, option


def replay(
    tape: Annotated[
        Path,
        typer.Argument(metavar="TAPE", help="Recorded requests: a tape, a HAR file, or the event stream of a run."),
    ],
    url: Url = None,
    token: Token = None,
    json: Annotated[
        Path | None, option(OUTPUT, "Write the differing responses as JSON to this file.", metavar="FILE")
    ] = None,
    stream: StreamFile = None,
    scrub: Annotated[
        Path | None,
        option(
            OTHER,
            "Write a copy of the tape in which pseudonyms replace all personal data, and send nothing.",
            metavar="FILE",
        ),
    ] = None,
    convert: Annotated[
        Path | None,
        option(OTHER, "Write the tape in another format (.tape or .har), and send nothing.", metavar="FILE"),
    ] = None,
) -> None:
    """Send recorded requests to a server, and compare the meaning of the responses.

    What the recorded requests create stays in the target.

    Example: scimulator replay life.tape --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("replay"):
        from simulator.commands.run_replay import run_copy, run_replay
        from simulator.run.session import Secrets

        if out := scrub or convert:
            raise typer.Exit(run_copy(tape, out, scrub=scrub is not None))
        raise typer.Exit(run_replay(tape, url, Secrets(token), json, stream))
