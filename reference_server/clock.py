"""The clock: real or virtual; everything that asks for the time is given one of these."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

LONGEST_SLEEP = timedelta(seconds=60)  # then look again: machines sleep, clocks are set


class Clock(Protocol):
    """What time it is, and waiting for a later one."""

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        ...

    async def sleep_until(self, moment: datetime) -> None:
        """Return at `moment`, or a little earlier: the caller looks at the clock again."""
        ...


class SystemClock:
    """The machine's clock; the one that freezegun freezes."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        wait = min(moment - self.now(), LONGEST_SLEEP)
        await asyncio.sleep(max(wait.total_seconds(), 0.0))


class VirtualClock:
    """A clock that stands still until it is set; it only goes forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment`; raises ValueError for a moment in the past or without an offset."""
        if moment.tzinfo is None:
            raise ValueError("now: expected a time with an offset, like 2026-03-02T06:00:00Z")
        if moment < self._now:
            raise ValueError(f"now: {moment.isoformat()} is before the clock's {self._now.isoformat()}")
        self._now = moment.astimezone(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        """Never returns by itself: ticks of a virtual clock are run by whoever sets it."""
        await asyncio.Event().wait()
