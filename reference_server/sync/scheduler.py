"""The scheduler: runs due ticks, catches up once after an interruption, and sleeps until the next tick."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import repeat

from reference_server.clock import Clock, read_moment
from reference_server.service.connections import Connection, Connections
from reference_server.service.tenants import Unknown
from reference_server.storage.tables import Record, StorageFailed, Tables
from reference_server.sync.runner import Runner
from reference_server.sync.schedule import Tick, is_open, iterate_ticks, next_tick, ticks_between

LOG = logging.getLogger("scimulator.sync")
EVERY_KIND = timedelta(days=8)  # this period contains every kind of tick, so there is no need to look further back
TICKS_AT_A_TIME = 50  # ticks to process before other requests get a turn


class Scheduler:
    """Runs the ticks of all connections. Tolerates clock changes, sleeping machines, and failed runs."""

    def __init__(self, tables: Tables, connections: Connections, runner: Runner, clock: Clock) -> None:
        self._tables = tables
        self._connections = connections
        self._runner = runner
        self._clock = clock

    async def run_due(self) -> list[Record]:
        """Run what is due: once per connection, even if several ticks were missed, and only inside its window.

        One of several processes runs it. The others wait for the lock and then find it done, or run it if that process was
        killed. Returns the records of the runs that had something to do.
        """
        async with self._tables.alone("schedule"):
            now = self._clock.now()
            runs = await asyncio.gather(*(self._catch_up(connection, now) for connection in await self._all()))
            return [run for run in runs if run is not None]

    async def keep(self) -> None:
        """Run ticks until the task is canceled."""
        while True:
            try:
                await self.run_due()
            except StorageFailed as error:
                LOG.error("the scheduled sync cannot write to the store: %s", error)
            except Exception:
                LOG.exception("a scheduled sync run failed; the next scheduled run tries again")
            await self._clock.sleep_until(await self._next_moment(self._clock.now()))

    async def due_between(self, after: datetime, until: datetime) -> AsyncIterator[tuple[Tick, Connection]]:
        """(tick, connection) of all connections in chronological order, which a virtual clock must run while it advances.

        Ticks are generated lazily with pauses for other requests, so that a jump of years does not need a list of ticks.
        """
        due = [
            zip(iterate_ticks(connection.settings, after, until), repeat(connection), strict=False)
            for connection in sorted(await self._all(), key=lambda connection: connection.id)
        ]
        for number, (tick, connection) in enumerate(merge(*due, key=lambda item: item[0].at)):
            if number % TICKS_AT_A_TIME == TICKS_AT_A_TIME - 1:
                await asyncio.sleep(0)
            yield tick, connection

    async def _catch_up(self, connection: Connection, now: datetime) -> Record | None:
        last = read_moment(connection.ticked_at or connection.created_at, UTC)
        if last > now:  # the clock was set back, so ticks repeat; most of them find nothing to do
            await self._tick(connection, now)
            last = now - timedelta(microseconds=1)
        due = ticks_between(connection.settings, max(last, now - EVERY_KIND), now)  # one run for all missed ticks
        if not due:
            return None
        if not is_open(connection.settings, now):
            await self._tick(connection, due[-1].at)
            return None
        trigger = "schedule" if len(due) == 1 else "catch-up"
        try:
            return await self._runner.run_tick(connection, Tick(due[-1].at, any(tick.full for tick in due)), trigger)
        except Unknown:  # the connection was deleted while its run waited
            return None

    async def _all(self) -> list[Connection]:
        return await self._tables.read(self._connections.all)

    async def _tick(self, connection: Connection, at: datetime) -> None:
        await self._tables.read(lambda: self._connections.tick(connection.id, at))

    async def _next_moment(self, now: datetime) -> datetime:
        moments = [next_tick(connection.settings, now).at for connection in await self._all()]
        return min(moments, default=now + timedelta(minutes=1))
