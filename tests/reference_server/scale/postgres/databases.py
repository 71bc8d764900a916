"""Stores on one PostgreSQL database, and what the tests of the engine do with them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from reference_server.scale.postgres import open_postgres
from reference_server.storage.tables import Record, Table, Tables
from tests.postgres_server import PostgresServer


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


def counting_statements(server: PostgresServer, url: str) -> Callable[[], list[str]]:
    """Make the server log the statements of new connections to a database; returns those since the last call."""
    server.query(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET log_statement = 'all'")
    log, seen = server.folder / "log", [0]

    def sent() -> list[str]:
        text = log.read_text()[seen[0] :]
        seen[0] += len(text)
        sent = re.findall(r"LOG:  (?:execute [^:]+|statement): (.*(?:\n\t.*)*)", text)
        return [statement for statement in sent if re.search(r"scimulator\.|^BEGIN|^COMMIT", statement)]

    sent()
    return sent
