"""`scimulator check-client`: the command line. The work is imported when it begins, so that `--help` stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.errors import one_line_errors
from conformance.commands.options import (
    OTHER,
    SELECTION,
    Badge,
    Html,
    Json,
    Junit,
    Level,
    Markdown,
    Sarif,
    Stream,
    flag,
    option,
)

CLIENT = "Client"


def check_client(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- COMMAND...]",
            help="Start the client with this command once for each situation. SCIM_URL, SCIM_TOKEN, and SCIM_SITUATION are in "
            "its environment. Without a command, the URLs are printed, and the client is judged after Ctrl-C.",
            show_default=False,
        ),
    ] = None,
    tape: Annotated[
        Path | None,
        option(CLIENT, "Judge a recording of the client instead: a tape, an event stream, or a HAR.", metavar="FILE"),
    ] = None,
    host: Annotated[str, option(CLIENT, "Listen on this address.", metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[
        int, option(CLIENT, "Port to listen on; 0 picks a free one.", min=0, max=65535, metavar="PORT")
    ] = 0,
    public_url: Annotated[
        str | None,
        option(
            CLIENT,
            "Use this origin, for example https://scim.example, in the URLs that the client sees. Required behind a proxy.",
            metavar="URL",
        ),
    ] = None,
    timeout: Annotated[
        float, option(CLIENT, "Stop the command after this many seconds in a situation.", min=1, metavar="SECONDS")
    ] = 120.0,
    profile: Annotated[
        list[str] | None,
        option(
            SELECTION,
            "Apply the rules of this document: rfc, cursor, interop, or ipsie. Repeatable. By default: rfc and cursor.",
            metavar="PROFILE",
        ),
    ] = None,
    situation: Annotated[
        list[str] | None,
        option(SELECTION, "Serve only this situation, besides steady. Repeatable.", metavar="NAME"),
    ] = None,
    level: Level = "must",
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
    stream: Stream = None,
    list_: Annotated[bool, flag(OTHER, "List the situations and the rules.", "--list")] = False,
) -> None:
    """Judge a SCIM client: what it sends, and whether it survives trouble.

    The client works against the embedded reference server. Each situation has a base URL of its own.

    Example: scimulator check-client --list
    """
    from conformance.commands.run_check_client import ClientOptions, list_rules, run_command

    options = ClientOptions(
        command=tuple(command or ()),
        tape=tape,
        host=host,
        port=port,
        public_url=public_url,
        timeout_s=timeout,
        profiles=tuple(profile or ()),
        situations=tuple(situation or ()),
        level=level,
        outputs={
            "html": html,
            "json": json,
            "junit": junit,
            "sarif": sarif,
            "markdown": markdown,
            "badge": badge,
        },
        stream=stream,
    )
    with one_line_errors("check-client"):
        raise typer.Exit(list_rules() if list_ else run_command(options))
