"""The changes since a watermark, so that the cost of a sync depends on the changes and not on the stored resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reference_server.storage.tables import Table
from reference_server.turns import count, in_order, in_parts

SEPARATOR = "\x1f"  # cannot occur in an id, because the server creates the ids

ResourceKey = tuple[str, str]  # resource type name, id


class ChangeOrder:
    """The resources of one connection in the order of their latest change.

    Every change gets the next number of its connection. The number is stored in the record of the resource. Where the change
    does not rewrite the resource, it is stored in the edge of a new membership, or in `touched`.
    """

    __slots__ = ("_edges", "_highest", "_resources", "_touched")

    def __init__(self, resources: Mapping[str, Table], edges: Iterable[Table], touched: Table) -> None:
        self._resources = resources
        self._edges = tuple(edges)
        self._touched = touched
        self._highest = [table.highest for table in (touched, *resources.values(), *self._edges)]

    def latest(self) -> int:
        """The number of the newest change; 0 before the first."""
        return max([highest() for highest in self._highest])

    def since(self, seq: int) -> list[tuple[int, ResourceKey]]:
        """The resources that changed after `seq`, each once, in ascending order; O(results)."""
        newest: dict[ResourceKey, int] = {}
        for name, table in self._resources.items():
            for changed_at, id_ in table.above(seq):
                count()
                newest[name, id_] = changed_at
        for changed_at, key in self._touched.above(seq):
            count()
            name, _, id_ = key.partition(SEPARATOR)
            newest[name, id_] = max(changed_at, newest.get((name, id_), 0))
        for changed_at, (name, id_) in self._new_members(seq):
            newest[name, id_] = max(changed_at, newest.get((name, id_), 0))
        return list(in_order([(changed_at, key) for key, changed_at in newest.items()]))

    def _new_members(self, seq: int) -> Iterator[tuple[int, ResourceKey]]:
        for edges in self._edges:
            for part in in_parts(edges.above(seq)):
                for (changed_at, _), edge in zip(part, edges.records([key for _, key in part]), strict=True):
                    if edge is not None:  # it can be removed during a pause
                        yield changed_at, (edge["type"], edge["value"])


def changed_names(before: dict[str, Any] | None, after: dict[str, Any]) -> tuple[str, ...]:
    """The changed top-level attributes without `meta`; all of them for a new resource."""
    if before is None:
        listed = dict.fromkeys(after)
        for name in ("schemas", "id", "meta"):
            listed.pop(name, None)
        return tuple(listed)
    # A PATCH shares what it did not change with the stored resource, so most values are the same objects.
    held = before.get
    names = [
        name for name, value in after.items() if (was := held(name)) is not value and was != value and name != "meta"
    ]
    if before.keys() <= after.keys():
        return tuple(names)
    return tuple(names + [name for name in before if name not in after and name != "meta"])
