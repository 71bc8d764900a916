"""What changed since a watermark: the sync's food, so that its cost is what changed and not what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ResourceKey = tuple[str, str]  # resource type name, id


@dataclass(frozen=True, slots=True)
class ShadowChange:
    """The latest change of one resource; `resource` None means it was deleted."""

    seq: int
    resource_type: str
    id: str
    resource: dict[str, Any] | None


class ChangeOrder:
    """The resources of one connection in the order of their latest change; one entry each, O(1) a change."""

    __slots__ = ("_latest", "seq")

    def __init__(self, changed: list[tuple[int, ResourceKey]]) -> None:
        self._latest: dict[ResourceKey, int] = {key: seq for seq, key in sorted(changed)}
        self.seq = max((seq for seq, _ in changed), default=0)

    def next(self) -> int:
        """A fresh sequence number, larger than every one before on this connection."""
        self.seq += 1
        return self.seq

    def mark(self, key: ResourceKey, seq: int) -> None:
        """Note that `key` changed at `seq`: it moves to the end."""
        self._latest.pop(key, None)
        self._latest[key] = seq

    def since(self, seq: int) -> list[tuple[int, ResourceKey]]:
        """The resources that changed after `seq`, ascending; costs as many steps as it returns."""
        newer: list[tuple[int, ResourceKey]] = []
        for key in reversed(self._latest):
            changed_at = self._latest[key]
            if changed_at <= seq:
                break
            newer.append((changed_at, key))
        newer.reverse()
        return newer
