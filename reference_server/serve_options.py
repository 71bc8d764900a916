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


def check_admin_token(token: str | None) -> None:
    """Exit if the admin token is too short."""
    from reference_server.settings import SHORTEST_ADMIN_TOKEN

    if token is not None and len(token.strip()) < SHORTEST_ADMIN_TOKEN:
        wrong = f"expected at least {SHORTEST_ADMIN_TOKEN} characters, got {len(token.strip())}"
        typer.echo(f"scimulator serve: --admin-token: {wrong}", err=True)
        raise typer.Exit(2)


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


def read_start(text: str | None) -> datetime | None:
    """The start of the virtual clock; exits if it is not a time."""
    if text is None:
        return None
    from reference_server.clock import read_moment

    try:
        return read_moment(text, UTC)
    except ValueError as error:
        typer.echo(f"scimulator serve: --clock-start: {error}", err=True)
        raise typer.Exit(2) from None
