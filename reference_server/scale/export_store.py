"""Export: writes a consistent state of a store as the lines of an export file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import orjson

from reference_server.scale.export_format import IMPORT_TABLE, ExportWriter, Told
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import Tables

BATCH = 1_000  # records in memory at the same time


async def export_store(
    tables: Tables, write: Callable[[bytes], object], told: Told, *, header: bytes | None = None
) -> ExportWriter:
    """Write all lines and return the counts and the hash. Raises StorageFailed and the exceptions of `write`.

    It runs as one writing unit of work, so that no other unit writes in the meantime. `header` replaces the first line, for a
    comparison with the imported file.
    """
    return await tables.write(lambda: _export(tables, write, told, header))


def _export(tables: Tables, write: Callable[[bytes], object], told: Told, header: bytes | None) -> ExportWriter:
    positions = {name: position for name, position in tables.positions().items() if name != IMPORT_TABLE}
    held = {name: len(tables.table(name)) for name in positions}
    writer = ExportWriter(write, header or _header(len(positions)))
    for name, next_position in positions.items():
        table, position = tables.table(name), 0
        writer.table(name, held[name], next_position)
        while rows := table.rows_after(position, BATCH):
            writer.rows(name, rows)
            position = rows[-1][0]
            told(writer.records, sum(held.values()))
    writer.end()
    return writer


def _header(tables: int) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {"scimulator": version("scimulator"), "format": FORMAT, "tables": tables, "exported": now}
    return orjson.dumps(facts) + b"\n"
