"""Gathers the look-ups of concurrent reading units: those that wait at the same moment share one statement.

While a statement is in progress, further look-ups wait and then share the next one. A look-up that waits alone is sent
immediately, so gathering does not delay a single client. Every statement is sent after the look-ups that it answers were asked,
so a reader sees everything that was committed before, also by other processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.scale.postgres.execute import compiled
from reference_server.scale.postgres.lookups import Answers, Asked, Kind, answers, statement
from reference_server.storage.tables import StorageFailed

SLOW_SECONDS = 0.02  # after that, the look-ups that wait for a statement get another connection
Found = Mapping[Kind, Answers]


class Lanes:
    """Connections for single statements, each in a transaction of its own. They stay open."""

    def __init__(self, engine: AsyncEngine, count: int) -> None:
        self._engine = engine  # opens a connection whenever it is asked
        self._idle: list[tuple[AsyncConnection, Any]] = []  # with the driver's connection
        self._free = asyncio.Semaphore(count)

    async def fetch(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
        """The lines of a constant statement that only reads. Raises DATABASE_ERRORS."""

        def send(connection: AsyncConnection, driver: Any) -> Awaitable[Sequence[Any]]:
            text, values = compiled(statement, connection.dialect, given)
            lines: Awaitable[Sequence[Any]] = driver.fetch(text, *values)
            return lines

        return await self._on_one(send)

    async def execute(self, statement: Executable) -> Sequence[Any]:
        """The lines of any other statement that only reads, sent by SQLAlchemy. Raises DATABASE_ERRORS."""

        async def send(connection: AsyncConnection, _driver: Any) -> Sequence[Any]:
            return (await connection.execute(statement)).all()

        return await self._on_one(send)

    async def _on_one(self, send: Callable[[AsyncConnection, Any], Awaitable[Sequence[Any]]]) -> Sequence[Any]:
        async with self._free:
            while True:
                used = bool(self._idle)
                connection, driver = self._idle.pop() if used else await self._connect()
                try:
                    lines = await send(connection, driver)
                except BaseException as error:
                    if isinstance(error, Exception) and not driver.is_closed():
                        self._idle.append((connection, driver))
                        raise
                    await asyncio.shield(_drop(connection))  # if the caller was canceled, the response is still pending
                    if not used or not isinstance(error, Exception):
                        raise
                    await self._drop_all()  # a restart of the database ended all of them
                else:
                    self._idle.append((connection, driver))
                    return lines

    async def _connect(self) -> tuple[AsyncConnection, Any]:
        connection = await self._engine.connect()
        return connection, (await connection.get_raw_connection()).driver_connection

    async def _drop_all(self) -> None:
        while self._idle:
            await _drop(self._idle.pop()[0])

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop()[0].close()


class Gathering:
    """The look-ups of the reading units of one process."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._asked: dict[Kind, dict[Asked, None]] = {}
        self._waiting: list[asyncio.Future[Found]] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._next: asyncio.Task[None] | None = None  # the task that will answer what is asked now

    def ask(self, asked: Mapping[Kind, Iterable[Asked]]) -> asyncio.Future[Found]:
        """The answers, among those of other askers. Raises StorageFailed."""
        for kind, its in asked.items():
            self._asked.setdefault(kind, {}).update(dict.fromkeys(its))
        waiter: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if self._next is None:
            self._start()
        return waiter

    async def aclose(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending)

    def _start(self) -> None:
        self._next = asyncio.create_task(self._answer(), name="look-ups")
        self._sending.add(self._next)
        self._next.add_done_callback(self._sending.discard)

    async def _answer(self) -> None:
        own = asyncio.current_task()
        while self._next is own:
            if not self._asked:
                self._next = None
                return
            asked, waiting = {kind: list(its) for kind, its in self._asked.items()}, self._waiting
            self._asked, self._waiting = {}, []
            slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._no_longer_wait_for, own)
            try:
                _tell(waiting, answers(asked, await self._lanes.fetch(*statement(asked))))
            except (*DATABASE_ERRORS, StorageFailed) as error:
                _tell(waiting, error)
            except BaseException:
                _tell(waiting, StorageFailed("the database cannot be read: the look-up was abandoned"))
                self._no_longer_wait_for(own)
                raise
            finally:
                slow.cancel()
            await asyncio.sleep(0)  # the callers continue, and what they ask next shares the next statement

    def _no_longer_wait_for(self, task: asyncio.Task[None] | None) -> None:
        """Let another task answer what is asked from now on."""
        if self._next is task:
            self._next = None
            if self._asked:
                self._start()


def _tell(waiting: list[asyncio.Future[Found]], outcome: Found | BaseException) -> None:
    """Wake the callers that were not canceled."""
    for waiter in waiting:
        if not waiter.done():
            if isinstance(outcome, BaseException):
                waiter.set_exception(storage_failed(outcome, "read"))
            else:
                waiter.set_result(outcome)


async def _drop(connection: AsyncConnection) -> None:
    with suppress(*DATABASE_ERRORS):
        await connection.invalidate()
        await connection.close()
