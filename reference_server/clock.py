"""The real and the virtual clock, and parsing of times. All code that needs the current time uses this module."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

# Later and earlier times are clamped to these, so that arithmetic stays within Python's calendar (years 1 to 9999).
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
LONGEST_SLEEP = timedelta(seconds=60)  # wake up regularly, because machines sleep and clocks are set


def read_moment(text: object, zone: tzinfo | None = None) -> datetime:
    """Parse an ISO 8601 time as a moment in UTC, clamped to the range from `EARLIEST` to `LATEST`.

    A time without an offset is in `zone`. Raises ValueError for invalid input, and if both offset and `zone` are missing.
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


def is_date(text: str) -> bool:
    """Whether an ISO 8601 text is a date without a time."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class Clock(Protocol):
    """Provides the current time and waits for a later one."""

    def now(self) -> datetime:
        """The current time, timezone-aware and in UTC."""
        ...

    async def sleep_until(self, moment: datetime) -> None:
        """Wait until `moment`. It can return a little early, so callers must check the clock again."""
        ...


class SystemClock:
    """The system clock, which freezegun can freeze."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        wait = min(moment - self.now(), LONGEST_SLEEP)
        await asyncio.sleep(max(wait.total_seconds(), 0.0))


class VirtualClock:
    """A clock that stands still until it is set. It only moves forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        """Advance to `moment`; raises ValueError for a moment in the past or without an offset."""
        if moment.tzinfo is None:
            raise ValueError("now: expected a time with an offset, like 2026-03-02T06:00:00Z")
        if moment < self._now:
            raise ValueError(
                f"now: {moment.isoformat()} is before the current time of the virtual clock, {self._now.isoformat()}"
            )
        self._now = moment.astimezone(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        """Never returns: the code that sets a virtual clock runs the scheduled syncs."""
        await asyncio.Event().wait()
