"""The writing units that are paused, and which other units can write in the meantime.

A unit that names its part of the store (a tenant) reads and changes only the tables of that part until it begins its commit.
Until then, units of other parts can run whenever it pauses. The commit also changes tables that all parts share, such as
the audit trail, so only one unit at a time is between the beginning of its commit and its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from reference_server.turns import pause


class PausedUnit:
    """A unit that did not end within its first slice."""

    __slots__ = ("done", "part", "rollbacks")

    def __init__(self, part: str | None, rollbacks: int) -> None:
        self.part = part  # None: the unit can read and change everything
        self.rollbacks = rollbacks  # the number of rollbacks before its first read
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class PausedUnits:
    """All paused units of a store. One event loop uses it."""

    def __init__(self) -> None:
        self.units: dict[PausedUnit, None] = {}
        self._committing: PausedUnit | None = None
        self._waiting_for_all = 0

    async def admit(self, part: str | None) -> None:
        """Wait until a unit of this part can begin. Units of a part do not overtake one that needs the whole store."""
        self._waiting_for_all += part is None
        try:
            while blocking := self._blocking(part):
                await asyncio.wait(blocking)
        finally:
            self._waiting_for_all -= part is None

    def _blocking(self, part: str | None) -> list[asyncio.Future[None]]:
        everything = part is None or self._waiting_for_all or self._committing is not None
        return [unit.done for unit in self.units if everything or unit.part is None or unit.part == part]

    @contextmanager
    def running(self, part: str | None, rollbacks: int, work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        """Register a paused unit; yields its work, which must run in a greenlet with a context of its own."""
        unit = PausedUnit(part, rollbacks)
        self.units[unit] = None

        def registered() -> Any:
            _CURRENT.set(unit)
            return work()

        try:
            yield registered
        finally:
            del self.units[unit]
            self.end_commit(unit)
            unit.done.set_result(None)

    def begin_commit(self) -> PausedUnit | None:
        """Wait, within the current unit, until no other unit commits; returns the unit, or None if it never paused."""
        unit = _CURRENT.get() if self.units else None
        if unit is not None and unit in self.units:
            while self._committing is not None and self._committing is not unit:
                pause()
            self._committing = unit
            return unit
        return None

    def end_commit(self, unit: PausedUnit) -> None:
        """Let others commit again."""
        if self._committing is unit:
            self._committing = None


_CURRENT: ContextVar[PausedUnit | None] = ContextVar("the paused unit that is running", default=None)
