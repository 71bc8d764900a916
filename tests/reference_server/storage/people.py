"""A table of people, which the tests of the store fill."""

from __future__ import annotations

from pathlib import Path

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    Record,
    Table,
    Tables,
)


def by_city(record: Record) -> tuple[str, ...]:
    return (record["city"],) if record.get("city") else ()


def put(tables: Tables, *records: Record, table: str = "people") -> None:
    transaction = tables.transaction()
    for record in records:
        transaction.put(tables.table(table, {"city": by_city}), record)
    transaction.commit()


def held(tables: Tables, table: str = "people") -> list[Record]:
    return list(tables.table(table, {"city": by_city}))


def people(tables: Tables) -> Table:
    return tables.table("people", {"city": by_city})


def reread(folder: Path) -> list[Record]:
    """The people of a folder as a fresh start finds them."""
    tables = open_tables(folder)
    try:
        return held(tables)
    finally:
        tables.close()
