"""What changed since a watermark: the sync's food, so that its cost is what changed and not what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference_server.storage.tables import Table

SEPARATOR = "\x1f"  # no id holds it: ids are made here

ResourceKey = tuple[str, str]  # resource type name, id


@dataclass(frozen=True, slots=True)
class ShadowChange:
    """The latest change of one resource; `resource` None means it was deleted."""

    seq: int
    resource_type: str
    id: str
    resource: dict[str, Any] | None


class ChangeOrder:
    """The resources of one connection in the order of their latest change.

    Every change takes the next number on its connection. It stands in the resource's record, or in `touched` for a change
    that rewrites no resource: a membership that came or went, a deletion.
    """

    __slots__ = ("_resources", "_touched")

    def __init__(self, resources: Mapping[str, Table], touched: Table) -> None:
        self._resources = resources
        self._touched = touched

    def latest(self) -> int:
        """The number of the newest change; 0 before the first."""
        return max(self._touched.highest(), *(table.highest() for table in self._resources.values()))

    def since(self, seq: int) -> list[tuple[int, ResourceKey]]:
        """The resources that changed after `seq`, each once, ascending; costs as many steps as it returns."""
        newest: dict[ResourceKey, int] = {
            (name, record["id"]): record["seq"]
            for name, table in self._resources.items()
            for record in table.above(seq)
        }
        for record in self._touched.above(seq):
            name, _, id_ = record["id"].partition(SEPARATOR)
            newest[name, id_] = max(record["seq"], newest.get((name, id_), 0))
        return sorted((changed_at, key) for key, changed_at in newest.items())
