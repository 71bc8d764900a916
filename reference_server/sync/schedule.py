"""The schedule of the sync as pure functions.

By default, a full sync runs every hour from 06:00 to 18:00 UTC inclusive, Monday to Friday. Deactivated users are synced at a
separate interval within the same window. Both intervals and the window are settings of the connection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Protocol

SATURDAY = 5


class Window(Protocol):
    """The settings that define a schedule."""

    @property
    def sync_every_minutes(self) -> int: ...
    @property
    def deactivate_every_minutes(self) -> int: ...
    @property
    def window_start_hour(self) -> int: ...
    @property
    def window_end_hour(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Tick:
    """A scheduled sync. If `full`, it applies all changes; otherwise only deactivations."""

    at: datetime
    full: bool


def ticks_between(window: Window, after: datetime, until: datetime) -> list[Tick]:
    """The ticks with `after < at <= until`, ascending; both times are timezone-aware."""
    return list(iterate_ticks(window, after, until))


def next_tick(window: Window, after: datetime) -> Tick:
    """The first tick after `after`."""
    return next(iterate_ticks(window, after, after + timedelta(days=8)))


def upcoming(window: Window, after: datetime, count: int) -> list[Tick]:
    """The next ticks after `after`."""
    return list(islice(iterate_ticks(window, after, after + timedelta(days=8)), count))


def is_open(window: Window, moment: datetime) -> bool:
    """Whether a missed tick can still run now: within the window, including its last minute."""
    moment = moment.astimezone(UTC)
    minutes = moment.hour * 60 + moment.minute
    return moment.weekday() < SATURDAY and window.window_start_hour * 60 <= minutes <= window.window_end_hour * 60


def iterate_ticks(window: Window, after: datetime, until: datetime) -> Iterator[Tick]:
    """Like `ticks_between`, but lazily."""
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    times, are_full = _times(
        window.sync_every_minutes, window.deactivate_every_minutes, window.window_start_hour, window.window_end_hour
    )
    day = after.date()
    while day <= until.date():
        if day.weekday() < SATURDAY:
            midnight = datetime.combine(day, time(0), tzinfo=UTC)
            for number in range(bisect_right(times, after - midnight), bisect_right(times, until - midnight)):
                yield Tick(midnight + times[number], are_full[number])
        day += timedelta(days=1)


@lru_cache(maxsize=64)
def _times(every: int, deactivate_every: int, start_hour: int, end_hour: int) -> tuple[list[timedelta], list[bool]]:
    """The time of day of every tick on a working day, and whether it is a full sync."""
    start, end = start_hour * 60, end_hour * 60
    full = set(range(start, end + 1, every))
    both = sorted(full | set(range(start, end + 1, deactivate_every)))
    return [timedelta(minutes=minute) for minute in both], [minute in full for minute in both]
