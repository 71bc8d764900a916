"""The change log: all changes of the directory in order, read from a watermark like a delta query of Microsoft Graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["user", "group"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `what` is its kind: added, updated, manager, blocked, assigned, members, purged, and so on."""

    at: datetime
    kind: Kind
    object_id: str
    what: str
    attributes: tuple[str, ...]


class ChangeLog:
    """Changes in the order in which they happened. The first one has number 1."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    @property
    def watermark(self) -> int:
        """The number of the latest change; 0 if there is none."""
        return len(self._changes)

    def append(self, at: datetime, kind: Kind, object_id: str, what: str, attributes: tuple[str, ...] = ()) -> None:
        self._changes.append(Change(at, kind, object_id, what, attributes))

    def since(self, watermark: int) -> list[Change]:
        """The changes after a watermark, in order."""
        return self._changes[watermark:]
