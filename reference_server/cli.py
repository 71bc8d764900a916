"""`scimulator serve`: flags to settings, first-start lines, one clear line for everything that can go wrong."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from secrecy.console import redact_errors


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8080,
    data: Annotated[
        str | None, typer.Option(envvar="SCIM_DATA", help="Folder, made when missing, or postgresql://user:pw@host/db.")
    ] = None,
    schemas: Annotated[
        Path | None, typer.Option(help="Custom schemas; FOLDER/schemas.", exists=True, file_okay=False)
    ] = None,
    workers: Annotated[int, typer.Option(help="Server processes on one database.", min=1, max=64)] = 1,
    token: Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Token of the first connection.")] = None,
    admin_token: Annotated[
        str | None,
        typer.Option(
            envvar="SCIM_ADMIN_TOKEN",
            help="Set the admin token, at least 16 characters. By default the first start creates one.",
        ),
    ] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write URLs and tokens here as JSON when ready.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what the RFC refuses.")] = False,
    rate_limit: Annotated[int | None, typer.Option(help="Requests/s per connection; 0: no limit.", min=0)] = None,
    max_connections: Annotated[
        int,
        typer.Option(
            help="Limit the connections of each process; further ones replace idle ones, or are answered with 503.",
            min=1,
        ),
    ] = 1_000,
    max_connections_per_address: Annotated[
        int | None,
        typer.Option(
            help="Limit the connections of each client address; 0 means no limit. By default 200, and none on loopback.",
            min=0,
        ),
    ] = None,
    faults: Annotated[str | None, typer.Option(help="Inject faults: a preset or a YAML file.")] = None,
    virtual_clock: Annotated[bool, typer.Option("--virtual-clock", help="Time moves by POST /control/clock.")] = False,
    clock_start: Annotated[str | None, typer.Option(help="Where the virtual clock starts (ISO 8601).")] = None,
    public_url: Annotated[str | None, typer.Option(help="Origin that clients see: https://scim.example.")] = None,
) -> None:
    """Run the reference SCIM server: shadow tables, scheduled sync into accounts, sessions, audit trail.

    Example: scimulator serve --port 8080 --data ./data
    """
    from reference_server.faults.profile import UnfitProfile
    from reference_server.process import PortTaken, ReadyFileExists
    from reference_server.run import run
    from reference_server.scale.workers import WorkersFailed
    from reference_server.scim.schema import InvalidSchema
    from reference_server.settings import Settings, default_data_folder
    from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed

    redact_errors()
    os.umask(0o077)  # whatever the server writes is for its owner only
    _check_admin_token(admin_token)
    if workers > 1:
        _check_workers(data or "", alone=virtual_clock or faults is not None)
    settings = Settings(
        data=data or str(default_data_folder()),
        schemas=schemas,
        workers=workers,
        host=host,
        port=port,
        token=token,
        admin_token=admin_token,
        ready_file=ready_file,
        faults=faults,
        requests_per_second=rate_limit,
        max_connections=max_connections,
        max_connections_per_address=max_connections_per_address,
        virtual_clock=virtual_clock,
        clock_start=_moment(clock_start),
        strict=strict,
        public_url=_origin(public_url),
    )
    try:
        run(settings)
    except (
        PortTaken,
        ReadyFileExists,
        WorkersFailed,
        InvalidSchema,
        UnfitProfile,
        FolderInUse,
        FolderNotWritable,
        FolderTooNew,
        StorageFailed,
        OSError,
    ) as error:
        typer.echo(f"scimulator serve: {error}", err=True)
        raise typer.Exit(2) from None


def _check_workers(data: str, *, alone: bool) -> None:
    from reference_server.scale.open_store import is_database

    if not is_database(data):
        wrong = "expected --data postgresql://…; a folder is for one process"
    elif alone:
        wrong = "--virtual-clock and --faults are one process's own; expected --workers 1"
    else:
        return
    typer.echo(f"scimulator serve: --workers: {wrong}", err=True)
    raise typer.Exit(2)


def _check_admin_token(token: str | None) -> None:
    from reference_server.settings import SHORTEST_ADMIN_TOKEN

    if token is not None and len(token.strip()) < SHORTEST_ADMIN_TOKEN:
        wrong = f"expected {SHORTEST_ADMIN_TOKEN} characters or more, got {len(token.strip())}"
        typer.echo(f"scimulator serve: --admin-token: {wrong}", err=True)
        raise typer.Exit(2)


def _origin(text: str | None) -> str | None:
    """Scheme, host, and port of a URL that has nothing else."""
    if text is None:
        return None
    from urllib.parse import urlsplit

    with suppress(ValueError):
        parts = urlsplit(text)
        is_plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and is_plain and text.isprintable():
            return f"{parts.scheme}://{parts.netloc}"
    wrong = f'expected a scheme and a host like https://scim.example:8443, got "{text[:100]}"'
    typer.echo(f"scimulator serve: --public-url: {wrong}", err=True)
    raise typer.Exit(2)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    from reference_server.clock import read_moment

    try:
        return read_moment(text, UTC)
    except ValueError as error:
        typer.echo(f"scimulator serve: --clock-start: {error}", err=True)
        raise typer.Exit(2) from None
