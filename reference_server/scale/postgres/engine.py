"""The tables of one PostgreSQL database, which any number of processes share; see `open_postgres`.

Writing units of all processes take turns (`writer`). Reads need no lock, and the look-ups of concurrent readers share
statements (`gathering`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from sqlalchemy import NullPool
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.address import address_of, place_of
from reference_server.scale.postgres.errors import DATABASE_ERRORS, ConnectionLost, IndexNotBuilt, reason
from reference_server.scale.postgres.gathering import Gathering, Lanes
from reference_server.scale.postgres.greenlets import Greenlets
from reference_server.scale.postgres.locks import HELD, Locks, held_key
from reference_server.scale.postgres.read_unit import ReadUnit
from reference_server.scale.postgres.rows import Memory
from reference_server.scale.postgres.schema import make_schema
from reference_server.scale.postgres.table import PostgresTable, PostgresTransaction
from reference_server.scale.postgres.unit import current_unit
from reference_server.scale.postgres.writer import Writer
from reference_server.storage.folder import FORMAT
from reference_server.storage.migrations import migrate
from reference_server.storage.tables import FolderNotWritable, IndexKeys, Result, StorageFailed, Summary

# Statements that each connection keeps prepared (there are about forty), and compiled ones.
STATEMENTS, FILTERS = 64, 32
# Connections for reading: for look-ups, and for other statements. A process also has one for writing and one for each lock
# that it holds.
LOOK_UPS, READERS = 4, 8
IDLE_SESSIONS = 2  # connections for locks that stay open between two locks
CONNECT_TIMEOUT, ANSWER_TIMEOUT = 10.0, 60.0  # seconds; the second one includes the wait for other writers


class PostgresTables:
    """The store in one database, used by one event loop."""

    def __init__(self, url: URL) -> None:
        reading = _engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._lanes, self._look_up_lanes = Lanes(reading, READERS), Lanes(reading, LOOK_UPS)
        self._gathering = Gathering(self._look_up_lanes)
        self._greenlets = Greenlets()
        self._sessions = _engine(
            url,
            answer_timeout=None,
            pool_size=IDLE_SESSIONS,
            max_overflow=-1,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
        )
        self._locks = Locks(self._sessions)
        self._memory = Memory()
        self._tables: dict[str, PostgresTable] = {}
        # Its units begin and end transactions themselves.
        self._writer = Writer(
            _engine(url, pool_size=1, isolation_level="AUTOCOMMIT", pool_reset_on_return=None), self._memory
        )
        self._closed = False

    # ── tables ──

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,  # the database stores JSON
        ordered_by: str | None = None,
        summary: Summary | None = None,
    ) -> PostgresTable:
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = PostgresTable(name, self._memory)
        table.definition.add(indexes or {}, ordered_by, summary)
        return table

    def positions(self) -> dict[str, int]:
        return current_unit(self._memory, "positions").positions()

    def transaction(self) -> PostgresTransaction:
        return PostgresTransaction(self._memory)

    # ── units of work ──

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        try:
            try:
                return await self._read(work)
            except ConnectionLost:  # predates a restart of the database; by now, the pool has dropped all of them
                return await self._read(work)
        except IndexNotBuilt:
            return await self.write(work)

    async def write(self, work: Callable[[], Result], *, pauses: bool = False, part: str | None = None) -> Result:
        self._check_open()
        result: Result = await self._writer.write(work, pauses=pauses)
        return result

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._locks.alone(name)

    async def is_held(self, name: str) -> bool:
        return await self.read(lambda: bool(current_unit(self._memory, "a lock").run(HELD, **held_key(name))[0][0]))

    async def ready(self) -> None:
        await self.read(lambda: current_unit(self._memory, "a look").run(sql.READ_FORMAT))

    def lost(self) -> str | None:
        return None  # failed connections are replaced

    async def aclose(self) -> None:
        self._closed = True
        await self._writer.aclose()
        await self._gathering.aclose()
        for lanes in (self._look_up_lanes, self._lanes):
            await lanes.aclose()
        await self._sessions.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StorageFailed("the database cannot be reached: the store was closed")

    # ── opening ──

    async def open(self, place: str) -> None:
        """Create what is missing and migrate data of an older format."""
        try:
            async with self._writer.engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
                found = await connection.run_sync(make_schema, place)
        except DATABASE_ERRORS as error:
            raise FolderNotWritable(f"{place}: {reason(error)}") from None
        if found < FORMAT:
            await self.write(self._migrate)

    def _migrate(self) -> None:
        unit = current_unit(self._memory, "a migration")
        found = int(unit.run(sql.READ_FORMAT)[0][0])
        if found < FORMAT:  # otherwise, another process was first
            migrate(self, found, FORMAT)
            unit.run(sql.WRITE_FORMAT, given_value=FORMAT)

    # ── reading ──

    async def _read(self, work: Callable[[], Result]) -> Result:
        self._check_open()
        return await self._greenlets.run(partial(self._read_in, work))

    def _read_in(self, work: Callable[[], Result]) -> Result:
        unit = ReadUnit(self._memory, self._gathering, self._lanes)
        with unit.current():
            result = work()
        unit.check()
        return result


async def open_postgres(url: str) -> PostgresTables:
    """Open the store in a database, `postgresql://user:password@host:port/database` or `...?host=/folder/of/socket`.

    Creates the tables in an empty database. Raises FolderTooNew, or FolderNotWritable if the server, user, or database does
    not exist; the message never contains the password.
    """
    address = address_of(url)
    tables = PostgresTables(address)
    try:
        await tables.open(place_of(address))
    except BaseException:
        await tables.aclose()
        raise
    return tables


def _engine(url: URL, *, answer_timeout: float | None = ANSWER_TIMEOUT, **options: Any) -> AsyncEngine:
    if "poolclass" not in options:
        options.setdefault("max_overflow", 0)
    asked = {
        "timeout": CONNECT_TIMEOUT,
        "command_timeout": answer_timeout,
        "server_settings": sql.SETTINGS,
        "statement_cache_size": STATEMENTS,  # cache of the driver, for the constant statements
        "prepared_statement_cache_size": FILTERS,  # cache of SQLAlchemy for each connection, for the statements of filters
    }
    return create_async_engine(url, connect_args=asked, hide_parameters=True, query_cache_size=FILTERS, **options)
