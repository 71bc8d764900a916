"""`scimulator serve`, `export`, `import`: flags to settings, one clear line for everything that can go wrong."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

SHOWN = 16  # digits of a hash


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8080,
    data: Annotated[Path | None, typer.Option(help="Folder that holds everything; made when missing.")] = None,
    token: Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Token of the first connection.")] = None,
    admin_token: Annotated[str | None, typer.Option(help="Token of the admin API; made at first start.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write URLs and tokens here as JSON when ready.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what the RFC refuses.")] = False,
    rate_limit: Annotated[int | None, typer.Option(help="Requests/s per connection; 0: no limit.", min=0)] = None,
    faults: Annotated[str | None, typer.Option(help="Inject faults: a preset or a YAML file.")] = None,
    virtual_clock: Annotated[bool, typer.Option("--virtual-clock", help="Time moves by POST /control/clock.")] = False,
    clock_start: Annotated[str | None, typer.Option(help="Where the virtual clock starts (ISO 8601).")] = None,
    public_url: Annotated[str | None, typer.Option(help="Origin that clients see, behind a proxy.")] = None,
) -> None:
    """Run the reference SCIM server: shadow tables, scheduled sync into accounts, sessions, audit trail.

    Example: scimulator serve --port 8080 --data ./data
    """
    from reference_server.app import run
    from reference_server.faults.profile import UnfitProfile
    from reference_server.process import PortTaken
    from reference_server.scim.schema import InvalidSchema
    from reference_server.settings import Settings, default_data_folder
    from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed

    settings = Settings(
        data=data or default_data_folder(),
        host=host,
        port=port,
        token=token,
        admin_token=admin_token,
        ready_file=ready_file,
        faults=faults,
        requests_per_second=rate_limit,
        virtual_clock=virtual_clock,
        clock_start=_moment(clock_start),
        strict=strict,
        public_url=public_url.rstrip("/") if public_url else None,
    )
    try:
        run(settings)
    except (
        PortTaken,
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


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        typer.echo(
            f'scimulator serve: --clock-start: expected a time like 2026-03-02T06:00:00Z, got "{text}"', err=True
        )
        raise typer.Exit(2) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Data = Annotated[str | None, typer.Option(help="Data folder, or postgresql://user:password@host/database.")]


def export(
    data: Data = None,
    output: Annotated[str, typer.Option("--output", "-o", help="File to write (mode 600), or - for stdout.")] = "-",
) -> None:
    """Write everything that a server stored to a file, as JSON lines with a hash at the end.

    The file holds what the store holds: personal data, and hashes of tokens (no token itself). A
    folder must not be served meanwhile; a database may be, and its writers wait. Schema files in
    DATA/schemas are your own: they are not in it.

    Example: scimulator export --data ./data --output moved.jsonl
    """
    from reference_server.storage.export_files import STANDARD, written_whole
    from reference_server.storage.exporting import export_store
    from reference_server.storage.opening import open_store

    async def life() -> str:
        tables = await open_store(_place(data), make=False)
        try:
            with written_whole(output) as file:
                done = await export_store(tables, file.write, Progress("exporting"))
        finally:
            await tables.aclose()
        return f"exported {_counted(done.records, done.tables)}, sha256 {done.sha256[:SHOWN]}…"

    typer.echo(_lived("export", life()), err=output == STANDARD)


def import_(
    file: Annotated[str, typer.Argument(help="What `scimulator export` wrote, or - for stdin.")],
    data: Data = None,
) -> None:
    """Read an export into a store that nothing was ever written to; each may be a folder or a database.

    The whole file is checked first: lines, counts, hash, format (a newer one is refused, an older
    one brought to this version's); stdin is kept in a temporary file for that. Order and places
    are kept, so cursors hold. Then the store is opened again, read back and compared. After an
    import that was cut off, servers refuse the store, and the same command goes on.

    Example: scimulator import --data ./new-data moved.jsonl
    """
    from reference_server.storage.export_files import STANDARD, read_twice
    from reference_server.storage.importing import import_store

    async def life() -> str:
        with read_twice(file) as lines:
            name = "stdin" if file == STANDARD else file
            done = await import_store(_place(data), lines, name, Progress)
        counted = _counted(done.records, done.tables)
        return f"imported {counted}, sha256 {done.sha256[:SHOWN]}… checked by reading back"

    typer.echo(_lived("import", life()))


class Progress:
    """One line on stderr a second, of what takes longer than two; on a terminal it is rewritten."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._next = time.monotonic() + 2.0
        self._ends = "\r" if sys.stderr.isatty() else "\n"

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1.0
            of = f" of {total:,}" if total else ""
            sys.stderr.write(f"  {self._doing:<12}  {done:,}{of} records{self._ends}")
            sys.stderr.flush()


def _lived(command: str, life: Coroutine[Any, Any, str]) -> str:
    """What is to be told at the end; one line and exit code 2 for what could not be done."""
    from reference_server.storage.export_lines import UnfitExport
    from reference_server.storage.importing import NotEmpty, ReadBackDiffers
    from reference_server.storage.opening import CANNOT_OPEN

    try:
        return asyncio.run(life)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read has gone: nothing more to flush
        error: Exception = OSError("nobody reads the output any more")
    except (UnfitExport, NotEmpty, ReadBackDiffers, *CANNOT_OPEN, OSError) as raised:
        error = raised
    told = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    typer.echo(f"scimulator {command}: {told}", err=True)
    raise typer.Exit(1 if isinstance(error, ReadBackDiffers) else 2)


def _place(data: str | None) -> str:
    from reference_server.settings import default_data_folder

    return data or str(default_data_folder())


def _counted(records: int, tables: int) -> str:
    return f"{records:,} records of {tables:,} tables"
