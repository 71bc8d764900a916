"""Runs the writing units of a process in batches that share a commit.

The writers of all processes take turns: a process collects the waiting units, acquires the writers' lock, runs them, writes
their changes in a few statements, and commits once. Every rule (uniqueness, If-Match, memberships, the audit chain) therefore
holds among all processes, and the units share the cost of a durable commit.

The units of a batch also share look-ups. A unit that needs a row that is not cached is aborted before it has changed
anything. When all waiting units have been tried, one statement of each kind looks up what they need, and they run again. Units
never run side by side, so the result is the same as if each had looked up its rows itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.errors import DATABASE_ERRORS, ConnectionLost, storage_failed
from reference_server.scale.postgres.rows import Memory
from reference_server.scale.postgres.write_unit import WriteUnit
from reference_server.storage.tables import Result, StorageFailed
from reference_server.turns import Paused, Turns, pausing

LOG = logging.getLogger("scimulator.storage")

BATCH = 64  # units that share a commit; the first of them waits for the others
TRIES = 3  # runs of a unit that may end with a shared look-up; after that, it looks up each row when it needs it


class Waiting:
    """A unit that waits to run and commit."""

    __slots__ = ("_turns", "done", "error", "pauses", "result", "work")

    def __init__(self, work: Callable[[], Any], pauses: bool, turns: Turns) -> None:
        self.work = work
        self.pauses = pauses
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.error: Exception | None = None
        self._turns = turns

    def try_to_run(self) -> bool:
        """Run the unit without statements. Returns False if it was aborted because it needs one or takes too long."""
        try:
            self.result = self._turns.begin(self.work)
        except Exception as error:  # passed to the caller: a rejected request or a conflict
            self.error = error
            return True
        return not isinstance(self.result, Paused)

    def run(self) -> None:
        # Its changes are invisible to others until the batch is committed, so it can pause at any time.
        work = partial(with_pauses, self.work) if self.pauses else self.work
        try:
            self.result = work()
        except Exception as error:
            self.error = error

    def tell(self, failure: StorageFailed | None) -> None:
        """Wake the caller unless it was canceled."""
        if failure is not None:
            self.error = storage_failed(failure, "written")
        if not self.done.done():
            self.done.set_result(None)


class Writer:
    """The waiting units of one process and the connection on which they run."""

    def __init__(self, engine: AsyncEngine, memory: Memory) -> None:
        self.engine = engine
        self._memory = memory
        self._turns = Turns()
        self._waiting: deque[Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._recent: list[int] = []  # the tables of the latest batch, which the next one probably also uses

    async def write(self, work: Callable[[], Result], *, pauses: bool) -> Any:
        """The result of the unit once it is committed. A unit that `pauses` may run again before it has changed anything."""
        waiting = Waiting(work, pauses, self._turns)
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="writer")
        await waiting.done
        if waiting.error is not None:
            raise waiting.error
        return waiting.result

    async def aclose(self) -> None:
        """Commit everything that waits and close the connection."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self.engine.dispose()

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
        async with self.engine.connect() as connection:
            try:
                unit = await connection.run_sync(self._run_batch, taken)
            except BaseException:
                await connection.invalidate()  # ends the transaction and releases the lock
                raise
            if any(state.has_doubled for state in unit.spaces.states.values()):
                await connection.execute(sql.ANALYZE)
        self._memory.spaces.update(unit.spaces.made)
        self._recent = list(unit.spaces.used)

    def _run_batch(self, connection: Connection, taken: list[Waiting]) -> WriteUnit:
        unit = WriteUnit(connection, self._memory, self._recent)
        with unit.current():
            while some := self._take(BATCH - len(taken)):
                try:
                    self._run(unit, some, taken)
                except BaseException:
                    self._waiting.extendleft(waiting for waiting in reversed(some) if waiting not in taken)
                    raise
            unit.commit()
        return unit

    def _take(self, most: int) -> list[Waiting]:
        """The units that wait now and whose callers still do."""
        some: list[Waiting] = []
        while self._waiting and len(some) < most:
            waiting = self._waiting.popleft()
            if not waiting.done.cancelled():
                some.append(waiting)
        return some

    def _run(self, unit: WriteUnit, some: list[Waiting], taken: list[Waiting]) -> None:
        """Run these units, one after another."""
        later = some
        for _ in range(TRIES):
            if len(later) > 1:
                later = [waiting for waiting in later if not self._try(unit, waiting, taken)]
                unit.look_up()
        for waiting in later:
            taken.append(waiting)
            waiting.run()
            unit.check()

    def _try(self, unit: WriteUnit, waiting: Waiting, taken: list[Waiting]) -> bool:
        if not (waiting.pauses and waiting.try_to_run()):
            return False
        taken.append(waiting)
        unit.check()
        return True


def with_pauses(work: Callable[[], Result]) -> Result:
    """Run work that lets other tasks of the event loop run wherever it calls `turns.count`."""
    with pausing(lambda: await_only(asyncio.sleep(0))):
        return work()
