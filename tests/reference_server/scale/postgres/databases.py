"""Stores on one PostgreSQL database, and what the tests of the engine do with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from reference_server.scale.postgres import open_postgres
from reference_server.storage.tables import Record, Table, Tables


def by_name(record: Record) -> tuple[str, ...]:
    return (record["name"],) if "name" in record else ()


def people(tables: Tables) -> Table:
    return tables.table("people", {"name": by_name})


def put(tables: Tables, *records: Record) -> None:
    transaction = tables.transaction()
    for record in records:
        transaction.put(people(tables), record)
    transaction.commit()


async def written(tables: Tables, *records: Record) -> None:
    await tables.write(lambda: put(tables, *records))


async def keys(tables: Tables) -> list[str]:
    return await tables.read(lambda: [record["id"] for record in people(tables)])


@asynccontextmanager
async def stores(url: str, count: int = 1) -> AsyncIterator[list[Tables]]:
    """Several stores on one database, opened at the same time, as processes do."""
    opened = await asyncio.gather(*(open_postgres(url) for _ in range(count)))
    try:
        yield list(opened)
    finally:
        await asyncio.gather(*(tables.aclose() for tables in opened))


def run(life: Coroutine[Any, Any, None]) -> None:
    asyncio.run(life)
