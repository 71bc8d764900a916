"""The clock, real or virtual, and the moments that people write: everything that asks for the time uses this module."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

# Moments beyond these count as these, so that no arithmetic on a moment leaves Python's calendar (years 1 to 9999).
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
LONGEST_SLEEP = timedelta(seconds=60)  # then look again: machines sleep, clocks are set


def read_moment(text: object, zone: tzinfo | None = None) -> datetime:
    """A written ISO 8601 time as a moment in UTC, `EARLIEST` or later and `LATEST` or earlier.

    A time without an offset is in `zone`. Raises ValueError for anything else, and for a time without both.
    """
    if not isinstance(text, str):
        raise ValueError("expected a time like 2026-03-02T06:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is None and zone is not None:
        moment = moment.replace(tzinfo=zone)
    if moment is None or moment.tzinfo is None:
        raise ValueError(f'expected a time like 2026-03-02T06:00:00Z, got "{text[:60]}"')
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


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
