"""The scheduler: runs what falls due, catches up once after a break, and sleeps until the next tick."""

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
EVERY_KIND = timedelta(days=8)  # any longer time has ticks of all kinds that the whole of it has
TICKS_AT_A_TIME = 50  # between two turns of other requests


class Scheduler:
    """Ticks of all connections. Survives clocks that jump, machines that sleep and runs that fail."""

    def __init__(self, tables: Tables, connections: Connections, runner: Runner, clock: Clock) -> None:
        self._tables = tables
        self._connections = connections
        self._runner = runner
        self._clock = clock

    async def run_due(self) -> list[Record]:
        """Run what fell due by now: once per connection, however many ticks were missed, and only inside its window.

        Of several processes one runs it, while the others wait their turn and then find it done, or not done, where it was
        killed in the middle. Returns the records of the runs that had something to do.
        """
        async with self._tables.alone("schedule"):
            now = self._clock.now()
            runs = await asyncio.gather(*(self._catch_up(connection, now) for connection in await self._all()))
            return [run for run in runs if run is not None]

    async def keep(self) -> None:
        """Run ticks for ever."""
        while True:
            try:
                await self.run_due()
            except StorageFailed as error:
                LOG.error("the sync cannot write: %s", error)
            except Exception:
                LOG.exception("a scheduled run failed; the next tick tries again")
            await self._clock.sleep_until(await self._next_moment(self._clock.now()))

    async def due_between(self, after: datetime, until: datetime) -> AsyncIterator[tuple[Tick, Connection]]:
        """(tick, connection) of every connection, in order of time: what a virtual clock must run on its way.

        One at a time, and other requests get their turn: a jump of years holds no list of ticks.
        """
        due = [
            zip(iterate_ticks(connection.settings, after, until), repeat(connection), strict=False)
            for connection in sorted(await self._all(), key=lambda connection: connection.id)
        ]
        for number, (tick, connection) in enumerate(merge(*due, key=lambda item: item[0].at)):
            if number % TICKS_AT_A_TIME == 0:
                await asyncio.sleep(0)
            yield tick, connection

    async def _catch_up(self, connection: Connection, now: datetime) -> Record | None:
        last = read_moment(connection.ticked_at or connection.created_at, UTC)
        if last > now:  # the clock was set back: its ticks come again, and mostly find nothing to do
            await self._tick(connection, now)
            last = now - timedelta(microseconds=1)
        due = ticks_between(connection.settings, max(last, now - EVERY_KIND), now)  # one run for all that were missed
        if not due:
            return None
        if not is_open(connection.settings, now):
            await self._tick(connection, due[-1].at)
            return None
        trigger = "schedule" if len(due) == 1 else "catch-up"
        try:
            return await self._runner.run_tick(connection, Tick(due[-1].at, any(tick.full for tick in due)), trigger)
        except Unknown:  # deleted while its run was waiting
            return None

    async def _all(self) -> list[Connection]:
        return await self._tables.read(self._connections.all)

    async def _tick(self, connection: Connection, at: datetime) -> None:
        await self._tables.read(lambda: self._connections.tick(connection.id, at))

    async def _next_moment(self, now: datetime) -> datetime:
        moments = [next_tick(connection.settings, now).at for connection in await self._all()]
        return min(moments, default=now + timedelta(minutes=1))
