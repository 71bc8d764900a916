"""Escrow: failed changes wait here for retries at increasing intervals (docs/notes/entra.md 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.stream.events import EntryKind

# After the next cycle: 6 h, 12 h, 24 h, then daily until day 28.
DELAYS = (timedelta(0), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
GIVE_UP = timedelta(days=28)

Key = tuple[EntryKind, str]  # with the object id


@dataclass(frozen=True, slots=True)
class Escrow:
    """One waiting change. `tries` is the number of retries so far."""

    created_at: datetime
    next_attempt: datetime
    tries: int
    has_failed: bool = True


class Escrows:
    """All waiting changes, in the order of their first failure."""

    def __init__(self, *, from_first_failure: bool = False) -> None:
        self._waiting: dict[Key, Escrow] = {}
        self._from_first = from_first_failure

    def add(self, key: Key, now: datetime, *, next_cycle: bool) -> Escrow | None:
        """Record a failure. With `next_cycle` (5xx, timeout), the retry is in the next cycle. Returns None after 28 days."""
        held = self._waiting.get(key)
        if held and not held.has_failed:
            held = None
        tries = held.tries + 1 if held else 0
        created = held.created_at if held else now
        if now - created > GIVE_UP:
            self._waiting.pop(key, None)
            return None
        delay = timedelta(0) if next_cycle else DELAYS[min(tries, len(DELAYS) - 1)]
        attempt = now + delay
        if self._from_first and tries and not next_cycle:
            # As QUAR words it: 6, 12, 24 h after the first failure, then every 24 h.
            days = max(tries - len(DELAYS) + 1, 0)
            attempt = max(created + delay + timedelta(days=days), now)
        escrow = self._waiting[key] = Escrow(created, attempt, tries)
        return escrow

    def postpone(self, key: Key, now: datetime) -> None:
        """Note that the rest of a change follows in the next cycle, although nothing failed."""
        self._waiting[key] = Escrow(now, now, 0, has_failed=False)

    def done(self, key: Key) -> None:
        self._waiting.pop(key, None)

    def due(self, now: datetime) -> list[Key]:
        """The changes to retry in the cycle that starts now."""
        return [key for key, held in self._waiting.items() if held.next_attempt <= now]

    def retries(self, key: Key) -> int:
        """The number of the retry if this change is tried now; 0 if it has not failed before."""
        held = self._waiting.get(key)
        return held.tries + 1 if held and held.has_failed else 0

    def details(self, key: Key, *, linked: bool) -> dict[str, str]:
        """The details of the log step EntryEscrowRetry for a waiting change, with Entra's names."""
        held = self._waiting[key]
        return {
            "CountProcessed": str(held.tries + 1),
            "CreationTime": held.created_at.isoformat().replace("+00:00", "Z"),
            "Identifier": key[1],
            "ModificationType": "Update" if linked else "Add",
            "NextAttempt": held.next_attempt.isoformat().replace("+00:00", "Z"),
            "Origin": "Source",
            "TypeName": "EscrowedEntryDefault",
        }

    def counts(self) -> tuple[int, int]:
        """The numbers of waiting objects and of waiting references (managers and members)."""
        references = sum(kind in ("manager", "members") for kind, _ in self._waiting)
        return len(self._waiting) - references, references

    def clear(self) -> None:
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
