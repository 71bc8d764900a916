"""Checks of the options of `scimulator serve`. An invalid value prints one line and exits with code 2."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import typer


def check_workers(data: str, *, alone: bool) -> None:
    """Exit unless several processes can serve this data; `alone` means that an option requires a single process."""
    from reference_server.scale.open_store import is_database

    if not is_database(data):
        wrong = "more than one process requires a database (--data postgresql://…)"
    elif alone:
        wrong = "--virtual-clock and --faults require a single process (--workers 1)"
    else:
        return
    typer.echo(f"scimulator serve: --workers: {wrong}", err=True)
    raise typer.Exit(2)


def check_tokens(token: str | None, admin_token: str | None) -> None:
    """Exit if clients cannot send one of the tokens, or if the admin token is too short."""
    from reference_server.settings import SHORTEST_ADMIN_TOKEN
    from reference_server.tokens import what_is_wrong

    for option, given, shortest in (("--token", token, 1), ("--admin-token", admin_token, SHORTEST_ADMIN_TOKEN)):
        wrong = None if given is None else what_is_wrong(given)
        if given is not None and wrong is None and len(given) < shortest:
            wrong = f"expected at least {shortest} characters, got {len(given)}"
        if wrong is not None:
            typer.echo(f"scimulator serve: {option}: {wrong}", err=True)
            raise typer.Exit(2)


def read_data(data: str | None) -> str:
    """The data folder or database, by default a folder of the user; exits if the name is empty."""
    from reference_server.settings import default_data_folder

    if data == "":
        typer.echo("scimulator serve: --data: expected a folder or postgresql://…, got an empty string", err=True)
        raise typer.Exit(2)
    return data or str(default_data_folder())


def read_origin(text: str | None) -> str | None:
    """The scheme, host, and port of a URL; exits if the URL has any other part."""
    if text is None:
        return None
    from urllib.parse import urlsplit

    with suppress(ValueError):
        parts = urlsplit(text)
        is_plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and is_plain and text.isprintable():
            return f"{parts.scheme}://{parts.netloc}"
    wrong = f'expected a URL with only scheme, host, and port, like https://scim.example:8443, got "{text[:100]}"'
    typer.echo(f"scimulator serve: --public-url: {wrong}", err=True)
    raise typer.Exit(2)


def read_start(text: str | None, *, is_virtual: bool) -> datetime | None:
    """The start of the virtual clock; exits if it is not a time, or if the clock is not virtual."""
    if text is None:
        return None
    from reference_server.clock import read_moment

    try:
        start = read_moment(text, UTC)
        if not is_virtual:
            raise ValueError("requires --virtual-clock")
    except ValueError as error:
        typer.echo(f"scimulator serve: --clock-start: {error}", err=True)
        raise typer.Exit(2) from None
    return start
