"""The commands `scimulator export` and `scimulator import`, which move a complete store to a file and back."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

SHOWN = 16  # digits of a hash

Data = Annotated[
    str | None,
    typer.Option(
        envvar="SCIM_DATA",
        metavar="FOLDER|URL",
        help="Use this data folder of the server, or postgresql://user:password@host/database. By default, the folder is "
        "~/.local/share/scimulator, or $XDG_DATA_HOME/scimulator if that variable is set.",
    ),
]


def export(
    data: Data = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to this file (mode 600); - writes to standard output."
        ),
    ] = "-",
) -> None:
    """Export everything that a server stores to a JSON Lines file that ends with a hash.

    The file contains personal data and the hashes of tokens, but no tokens. Stop the server before you export a data folder. A
    database can be in use; writes wait until the export is complete. Custom schema files in DATA/schemas are not included.

    Example: scimulator export --data ./data --output moved.jsonl
    """
    from reference_server.scale.export_files import STANDARD, written_whole
    from reference_server.scale.export_store import export_store
    from reference_server.scale.open_store import open_store

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
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Import this file of `scimulator export`; - reads standard input.")
    ],
    data: Data = None,
) -> None:
    """Import an export file into an empty folder or database and verify the result by reading it back.

    The command checks the complete file before the first write. If an import is interrupted, servers refuse to open the
    store; run the same command again to continue.

    Example: scimulator import --data ./new-data moved.jsonl
    """
    from reference_server.scale.export_files import STANDARD, read_twice
    from reference_server.scale.import_store import import_store

    async def life() -> str:
        with read_twice(file) as lines:
            name = "stdin" if file == STANDARD else file
            done = await import_store(_place(data), lines, name, Progress)
        counted = _counted(done.records, done.tables)
        return f"imported {counted}, sha256 {done.sha256[:SHOWN]}… verified by reading it back"

    typer.echo(_lived("import", life()))


class Progress:
    """Prints progress on stderr every second after the first two seconds; on a terminal, it overwrites the line."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._next = time.monotonic() + 2.0
        self._ends = "\r" if sys.stderr.isatty() else "\n"

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1.0
            of = f" of {total:,}" if total else ""
            sys.stderr.write(
                f"  {self._doing:<12}  {done:,}{of} record{'' if (total or done) == 1 else 's'}{self._ends}"
            )
            sys.stderr.flush()


def _lived(command: str, life: Coroutine[Any, Any, str]) -> str:
    """Run a command and return its last line. A failure prints one line and exits with 1 (differences) or 2."""
    from reference_server.scale.export_format import UnfitExport
    from reference_server.scale.import_store import NotEmpty, ReadBackDiffers
    from reference_server.scale.open_store import CANNOT_OPEN

    try:
        return asyncio.run(life)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader closed the pipe, so the final flush would fail
        error: Exception = OSError("the reader of the output closed it")
    except (UnfitExport, NotEmpty, ReadBackDiffers, *CANNOT_OPEN, OSError) as raised:
        error = raised
    told = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    typer.echo(f"scimulator {command}: {told}", err=True)
    raise typer.Exit(1 if isinstance(error, ReadBackDiffers) else 2)


def _place(data: str | None) -> str:
    from reference_server.settings import default_data_folder
    from reference_server.storage.tables import FolderNotWritable

    if data == "":
        raise FolderNotWritable("--data: expected a folder or postgresql://…, got an empty string")
    return data or str(default_data_folder())


def _counted(records: int, tables: int) -> str:
    many, of = "" if records == 1 else "s", "" if tables == 1 else "s"
    return f"{records:,} record{many} of {tables:,} table{of}"
