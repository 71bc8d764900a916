"""Escrow: a change that failed waits here and is tried again, ever more rarely (entra.md 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# After the next cycle: 6 h, 12 h, 24 h after the latest attempt, then daily until day 28.
DELAYS = (timedelta(0), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
GIVE_UP = timedelta(days=28)

Key = tuple[str, str]  # "user", "group" or "members", and the object id


@dataclass(frozen=True, slots=True)
class Escrow:
    """One waiting change."""

    created_at: datetime
    next_attempt: datetime
    tries: int


class Escrows:
    """All waiting changes, in the order they failed first."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Escrow] = {}

    def add(self, key: Key, now: datetime, *, transient: bool) -> None:
        """Note a failure; a transient one (5xx, time-out) is due at the next cycle again."""
        held = self._waiting.get(key)
        tries = held.tries + 1 if held else 0
        delay = timedelta(0) if transient else DELAYS[min(tries, len(DELAYS) - 1)]
        created = held.created_at if held else now
        if now - created > GIVE_UP:
            self._waiting.pop(key, None)
        else:
            self._waiting[key] = Escrow(created, now + delay, tries)

    def done(self, key: Key) -> None:
        self._waiting.pop(key, None)

    def due(self, now: datetime) -> list[Key]:
        """What is to be tried in the cycle that starts now."""
        return [key for key, escrow in self._waiting.items() if escrow.next_attempt <= now]

    def __len__(self) -> int:
        return len(self._waiting)
