"""Opening a store by what `--data` names: a folder, or a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

from reference_server.storage.database import open_tables
from reference_server.storage.tables import FolderNotWritable, Tables

SCHEMES = ("postgresql:", "postgres:", "postgresql+")


def is_database(data: str) -> bool:
    """Whether `data` is the URL of a database and no folder."""
    return data.startswith(SCHEMES)


async def open_store(data: str) -> Tables:
    """The store of a folder or of a database; a folder is locked, a database may have many processes.

    Raises FolderInUse, FolderTooNew, FolderNotWritable, JournalDamaged or StorageFailed.
    """
    if not is_database(data):
        return open_tables(Path(data))
    try:
        from reference_server.storage.postgres import open_postgres
    except ModuleNotFoundError as error:
        needed = 'a database needs more packages: pip install "scimulator[postgres]"'
        raise FolderNotWritable(f"--data: {needed} ({error.name} is missing)") from None
    return await open_postgres(data)
