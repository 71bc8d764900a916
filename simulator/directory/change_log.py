"""The change log: every change of the directory in order, read by watermark (what Graph calls a delta query)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["user", "group"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `what` says how (added, updated, manager, blocked, assigned, members, purged, …)."""

    at: datetime
    kind: Kind
    object_id: str
    what: str
    attributes: tuple[str, ...]


class ChangeLog:
    """Changes in the order they happened; the first one is number 1."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    @property
    def watermark(self) -> int:
        """The number of the latest change, 0 before the first."""
        return len(self._changes)

    def append(self, at: datetime, kind: Kind, object_id: str, what: str, attributes: tuple[str, ...] = ()) -> None:
        self._changes.append(Change(at, kind, object_id, what, attributes))

    def since(self, watermark: int) -> list[Change]:
        """The changes after a watermark, ascending."""
        return self._changes[watermark:]
