"""The tables of one PostgreSQL database, which any number of processes share; see `open_postgres`.

The writers of all processes take turns: a process collects the waiting units, acquires the writers' lock, runs them, writes
their changes in a few statements, and commits once. Every rule (uniqueness, If-Match, memberships, the audit chain) therefore
holds among all processes, and the units share the cost of a durable commit. Reads need no lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only, greenlet_spawn

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.address import address_of, place_of
from reference_server.scale.postgres.errors import (
    DATABASE_ERRORS,
    ConnectionLost,
    IndexNotBuilt,
    reason,
    storage_failed,
)
from reference_server.scale.postgres.locks import HELD, Locks, held_key
from reference_server.scale.postgres.rows import Memory
from reference_server.scale.postgres.schema import make_schema
from reference_server.scale.postgres.table import PostgresTable, PostgresTransaction
from reference_server.scale.postgres.unit import Unit, current_unit
from reference_server.scale.postgres.write_unit import WriteUnit
from reference_server.storage.folder import FORMAT
from reference_server.storage.migrations import migrate
from reference_server.storage.tables import FolderNotWritable, IndexKeys, Result, StorageFailed
from reference_server.turns import pausing

LOG = logging.getLogger("scimulator.storage")

BATCH = 64  # units that share a commit; the first of them waits for the others
# Statements that each connection keeps prepared (there are about forty), and compiled ones.
STATEMENTS, FILTERS = 64, 32
READERS = 8  # connections for reading; a process also has one for writing and one for each lock that it holds
IDLE_SESSIONS = 2  # connections for locks that stay open between two locks
CONNECT_TIMEOUT, ANSWER_TIMEOUT = 10.0, 60.0  # seconds; the second one includes the wait for other writers


class Waiting:
    """A unit that waits to run and commit."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[], Any], done: asyncio.Future[None]) -> None:
        self.work = work
        self.done = done
        self.result: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # passed to the caller: a rejected request or a conflict
            self.error = error

    def tell(self, failure: StorageFailed | None) -> None:
        """Wake the caller unless it was canceled."""
        if failure is not None:
            self.error = storage_failed(failure, "written")
        if not self.done.done():
            self.done.set_result(None)


class PostgresTables:
    """The store in one database, used by one event loop."""

    def __init__(self, url: URL) -> None:
        self._readers = _engine(url, pool_size=READERS, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        self._writer = _engine(url, pool_size=1)
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
        self._waiting: deque[Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._recent: list[int] = []  # the tables of the latest batch, which the next one probably also uses
        self._closed = False

    # ── tables ──

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,  # the database stores JSON
        ordered_by: str | None = None,
    ) -> PostgresTable:
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = PostgresTable(name, self._memory)
        table.definition.add(indexes or {}, ordered_by)
        return table

    def positions(self) -> dict[str, int]:
        return current_unit(self._memory, "positions").positions()

    def transaction(self) -> PostgresTransaction:
        return PostgresTransaction(self._memory)

    # ── units of work ──

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        if pauses:
            work = partial(_with_pauses, work)
        try:
            try:
                return await self._read(work)
            except ConnectionLost:  # predates a restart of the database; by now, the pool has dropped all of them
                return await self._read(work)
        except IndexNotBuilt:
            return await self.write(work)

    async def write(self, work: Callable[[], Result], *, pauses: bool = False, part: str | None = None) -> Result:
        self._check_open()
        if pauses:  # its changes are invisible to others until the batch is committed
            work = partial(_with_pauses, work)
        waiting = Waiting(work, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="writer")
        await waiting.done
        if waiting.error is not None:
            raise waiting.error
        result: Result = waiting.result
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
        if self._writing is not None:
            await asyncio.wait([self._writing])
        for engine in (self._readers, self._writer, self._sessions):
            await engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StorageFailed("the database cannot be reached: the store was closed")

    # ── opening ──

    async def open(self, place: str) -> None:
        """Create what is missing and migrate data of an older format."""
        try:
            async with self._writer.begin() as connection:
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
        # Connects in the same greenlet, because entering one costs as much as a statement.
        return await greenlet_spawn(self._read_in, work)

    def _read_in(self, work: Callable[[], Result]) -> Result:
        try:
            connection = self._readers.sync_engine.connect()
        except DATABASE_ERRORS as error:
            raise storage_failed(error, "read") from None
        with connection:
            unit = Unit(connection, self._memory)
            with unit.current():
                result = work()
        if unit.failure is not None:  # even if the work caught the exception
            raise unit.failure
        return result

    # ── writing ──

    async def _write_all(self) -> None:
        while self._waiting:
            taken: list[Waiting] = []
            try:
                await self._write_batch(taken)
                self._tell(taken, None)
            except (*DATABASE_ERRORS, StorageFailed) as error:
                self._tell(taken, storage_failed(error, "written"))
            except Exception as error:
                LOG.exception("abandoned a batch of writes")
                self._tell(taken, StorageFailed(f"the database cannot be written: {type(error).__name__}"))
            except BaseException:
                self._tell([*taken, *self._waiting], StorageFailed("the database cannot be written: it was stopped"))
                raise

    def _tell(self, taken: list[Waiting], failure: StorageFailed | None) -> None:
        if failure is not None and not taken:  # no unit was started
            taken = list(self._waiting)
            self._waiting.clear()
        for waiting in taken:
            waiting.tell(failure)

    async def _write_batch(self, taken: list[Waiting]) -> None:
        """Run and commit the waiting units; those that were started are added to `taken`."""
        try:
            await self._commit_batch(taken)
        except (*DATABASE_ERRORS, ConnectionLost) as error:
            if taken or not isinstance(storage_failed(error, "written"), ConnectionLost):
                raise
            await self._commit_batch(taken)  # a dead connection from the pool; no unit was started on it

    async def _commit_batch(self, taken: list[Waiting]) -> None:
        async with self._writer.connect() as connection:
            unit = await connection.run_sync(self._run_batch, taken)
            await connection.commit()
            if any(state.has_doubled for state in unit.spaces.states.values()):
                await connection.execute(sql.ANALYZE)
                await connection.commit()
        self._memory.spaces.update(unit.spaces.made)
        self._recent = list(unit.spaces.used)

    def _run_batch(self, connection: Connection, taken: list[Waiting]) -> WriteUnit:
        unit = WriteUnit(connection, self._memory, self._recent)
        with unit.current():
            while self._waiting and len(taken) < BATCH:
                waiting = self._waiting.popleft()
                if waiting.done.cancelled():
                    continue
                taken.append(waiting)
                waiting.run()
                if unit.failure is not None:
                    raise unit.failure
            unit.finish()
        return unit


def _with_pauses(work: Callable[[], Result]) -> Result:
    with pausing(lambda: await_only(asyncio.sleep(0))):
        return work()


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
    options.setdefault("max_overflow", 0)
    asked = {
        "timeout": CONNECT_TIMEOUT,
        "command_timeout": answer_timeout,
        "server_settings": sql.SETTINGS,
        "statement_cache_size": STATEMENTS,  # cache of the driver, for the constant statements
        "prepared_statement_cache_size": FILTERS,  # cache of SQLAlchemy for each connection, for the statements of filters
    }
    return create_async_engine(url, connect_args=asked, hide_parameters=True, query_cache_size=FILTERS, **options)
