"""Selects the engine: `--data` is a data folder (TinyDB) or the URL of a PostgreSQL database."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from reference_server.scale.export_format import IMPORT_TABLE
from reference_server.storage.database import open_tables
from reference_server.storage.folder import FORMAT_FILE
from reference_server.storage.head import HEAD
from reference_server.storage.tables import (
    FolderInUse,
    FolderNotWritable,
    FolderTooNew,
    StorageFailed,
    Tables,
)
from secrecy.places import learn_url

CANNOT_OPEN = (FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed)
POSTGRES = ("postgresql", "postgres")


def is_database(data: str) -> bool:
    """Whether `data` is the URL of a database rather than a folder."""
    return "://" in data


async def open_store(data: str, *, make: bool = True, half_imported: bool = False) -> Tables:
    """Open the store and migrate it to the current format; create a missing one unless `make` is False.

    Raises one of CANNOT_OPEN, also for a store with an interrupted import unless `half_imported` is True.
    """
    tables: Tables
    if is_database(data):
        tables = await _open_database(data)
    elif not make and not any((Path(data) / name).exists() for name in (FORMAT_FILE, HEAD)):
        raise FolderNotWritable(f"data folder {data}: expected a data folder of `scimulator serve --data`")
    else:
        tables = open_tables(Path(data))
    if not half_imported:
        try:
            await tables.read(lambda: refuse_half_imported(tables, data))
        except BaseException:
            await tables.aclose()
            raise
    return tables


def place_of(data: str) -> str:
    """The name of a store for messages. It is never the URL, which can contain a password."""
    return "the database" if is_database(data) else f"data folder {data}"


def refuse_half_imported(tables: Tables, data: str) -> None:
    """Raise StorageFailed if an import was interrupted; must run in a unit of work."""
    if len(tables.table(IMPORT_TABLE)):
        raise StorageFailed(
            f"{place_of(data)} contains an interrupted import: run `scimulator import` with the same file again"
        )


async def _open_database(url: str) -> Tables:
    if url.partition("://")[0].partition("+")[0] not in POSTGRES:
        raise FolderNotWritable(f"--data: expected a folder or postgresql://…, got {url.partition('://')[0]}://…")
    learn_url(url)
    try:
        tables: Tables = await import_module("reference_server.scale.postgres").open_postgres(url)
    except ModuleNotFoundError as error:
        raise FolderNotWritable(
            f'--data postgresql://…: {error.name} is not installed: pip install "scimulator[postgres]"'
        ) from None
    return tables
