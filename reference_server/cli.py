"""The command `scimulator serve`: turns options into settings, and every startup error into one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from reference_server.serve_options import check_tokens, check_workers, read_data, read_origin, read_start
from secrecy.console import redact_errors

NETWORK, STORAGE, ACCESS, BEHAVIOR, TIME = "Network", "Storage", "Tokens", "Behavior", "Time"


def _option(panel: str, help: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option in a panel of the help page."""
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def serve(
    context: typer.Context,
    host: Annotated[str, _option(NETWORK, "Listen on this address.", metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[
        int, _option(NETWORK, "Listen on this port; 0 picks a free one.", min=0, max=65535, metavar="PORT")
    ] = 8080,
    public_url: Annotated[
        str | None,
        _option(
            NETWORK,
            "Use this origin, for example https://scim.example, in the URLs that clients see. Required behind a proxy.",
            metavar="URL",
        ),
    ] = None,
    max_connections: Annotated[
        int,
        _option(
            NETWORK,
            "Limit the connections of each process. A new connection beyond the limit replaces an idle one or receives a 503.",
            min=1,
            metavar="N",
        ),
    ] = 1_000,
    max_connections_per_address: Annotated[
        int | None,
        _option(
            NETWORK,
            "Limit the connections of each client address; 0 means no limit. By default, the limit is 200, and there is none "
            "on loopback.",
            min=0,
            metavar="N",
        ),
    ] = None,
    rate_limit: Annotated[
        int | None,
        _option(
            NETWORK,
            "Limit the requests per second of each SCIM connection; further requests receive a 429; 0 means no limit. By "
            "default, the limit is 1,000, and there is none on loopback.",
            min=0,
            metavar="N",
        ),
    ] = None,
    data: Annotated[
        str | None,
        _option(
            STORAGE,
            "Store all data in this folder, which is created if it does not exist, or in the database "
            "postgresql://user:password@host/database. By default, the folder is ~/.local/share/scimulator, or "
            "$XDG_DATA_HOME/scimulator if that variable is set.",
            envvar="SCIM_DATA",
            metavar="FOLDER|URL",
        ),
    ] = None,
    schemas: Annotated[
        Path | None,
        _option(
            STORAGE,
            "Read custom schemas and resource types from this folder. By default, the server reads DATA/schemas.",
            exists=True,
            file_okay=False,
            metavar="FOLDER",
        ),
    ] = None,
    workers: Annotated[
        int,
        _option(
            STORAGE, "Run this many server processes. More than one requires a database.", min=1, max=64, metavar="N"
        ),
    ] = 1,
    token: Annotated[
        str | None,
        _option(ACCESS, "Set the bearer token of the first SCIM connection.", envvar="SCIM_TOKEN", metavar="TOKEN"),
    ] = None,
    admin_token: Annotated[
        str | None,
        _option(
            ACCESS,
            "Set the admin token (at least 16 characters). By default, the first start creates one.",
            envvar="SCIM_ADMIN_TOKEN",
            metavar="TOKEN",
        ),
    ] = None,
    ready_file: Annotated[
        Path | None,
        _option(
            ACCESS, "Write the URLs and tokens to this JSON file (mode 600) when the server is ready.", metavar="FILE"
        ),
    ] = None,
    strict: Annotated[
        bool,
        _option(BEHAVIOR, "Reject everything that the RFCs do not allow.", "--strict", metavar="", show_default=False),
    ] = False,
    faults: Annotated[
        str | None,
        _option(BEHAVIOR, "Inject faults as defined by a preset or a YAML file.", metavar="NAME|FILE"),
    ] = None,
    virtual_clock: Annotated[
        bool,
        _option(
            TIME, "Stop the clock; POST /control/clock advances it.", "--virtual-clock", metavar="", show_default=False
        ),
    ] = False,
    clock_start: Annotated[
        str | None,
        _option(TIME, "Start the virtual clock at this time (ISO 8601). Requires --virtual-clock.", metavar="TIME"),
    ] = None,
) -> None:
    """Run the reference SCIM server with scheduled sync into accounts, sessions, and an audit trail.

    The first start creates a SCIM connection and prints its bearer token and the admin token. They are not shown again.

    Example: scimulator serve --port 8080 --data ./data
    """
    from reference_server.faults.profile import UnfitProfile
    from reference_server.process import PortTaken, ReadyFileExists, in_words
    from reference_server.run import run
    from reference_server.scale.workers import WorkersFailed
    from reference_server.scim.schema import InvalidSchema
    from reference_server.settings import Settings
    from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed

    redact_errors()
    os.umask(0o077)  # only the owner can read the files that the server writes
    check_tokens(token, admin_token)
    if workers > 1:
        check_workers(data or "", alone=virtual_clock or faults is not None)
    settings = Settings(
        data=read_data(data),
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
        clock_start=read_start(clock_start, is_virtual=virtual_clock),
        strict=strict,
        public_url=read_origin(public_url),
        open_judge=context.obj,
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
        typer.echo(f"scimulator serve: {in_words(error)}", err=True)
        raise typer.Exit(2) from None
