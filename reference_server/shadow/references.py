"""References between resources: members, managers, and the groups of a user. They are stored as edges.

A group with 10,000 members has 10,000 small records, so adding one member writes one record. The other parts of a reference
(`$ref`, `display`, and the `groups` of a user) are computed on reading and therefore always up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.scim.schema import Attribute
from reference_server.shadow.changes import SEPARATOR
from reference_server.storage.tables import Record, Table
from reference_server.turns import count

DISPLAY = b',"display":'


@dataclass(frozen=True, slots=True)
class Relation:
    """One stored relation: the owning type, the name of the attribute, and the types of its elements."""

    owner: str
    name: str
    targets: tuple[str, ...]


def relations_of(types: ResourceTypes) -> dict[str, tuple[Relation, ...]]:
    """Resource type name → its stored relations (for Group: members)."""
    return {
        rtype.name: tuple(Relation(rtype.name, attribute.name, _targets(attribute)) for attribute in rtype.relations)
        for rtype in types
    }


def _targets(attribute: Attribute) -> tuple[str, ...]:
    return tuple(attribute.sub_attributes["$ref"].reference_types)


def edge_key(owner: str, value: str) -> str:
    return f"{owner}{SEPARATOR}{value}"


class _EdgesBy:
    """The index keys of an edge: one of its ends. The index also keeps the other one (see `storage.index`)."""

    __slots__ = ("field", "only_key")

    def __init__(self, key: str, field: str) -> None:
        self.only_key, self.field = key, field

    def __call__(self, edge: Record) -> tuple[str, ...]:
        return (edge[self.only_key],)


EDGE_INDEXES = {"owner": _EdgesBy("owner", "value"), "value": _EdgesBy("value", "owner")}


class Elements(Mapping[str, dict[str, Any]]):
    """The elements of one owner by value, read lazily from the edge table. They are the base of an ElementSet."""

    __slots__ = ("_edges", "_owner")

    def __init__(self, edges: Table, owner: str) -> None:
        self._edges = edges
        self._owner = owner

    def __getitem__(self, value: str) -> dict[str, Any]:
        edge = self._edges.get(edge_key(self._owner, value))
        if edge is None:
            raise KeyError(value)
        return element_of(edge)

    def __contains__(self, value: object) -> bool:
        return f"{self._owner}{SEPARATOR}{value}" in self._edges

    def known(self, values: Sequence[str]) -> list[bool]:
        place = f"{self._owner}{SEPARATOR}"
        return self._edges.known([place + value for value in values])

    def __iter__(self) -> Iterator[str]:
        (values,) = self._edges.fields_under("owner", (self._owner,), "value")
        return iter(values)

    def __len__(self) -> int:
        return self._edges.count("owner", self._owner)


def element_of(edge: Record) -> dict[str, Any]:
    """The stored parts of an element: value and type."""
    return {"value": edge["value"], "type": edge["type"]}


@dataclass(frozen=True, slots=True)
class Computed:
    """The computed attributes of one resource type."""

    rtype: ResourceType
    relations: tuple[Relation, ...]
    holders: tuple[
        tuple[str, tuple[Relation, ...]], ...
    ]  # attribute, such as groups → relations that can contain the resource
    references: tuple[tuple[str | None, Attribute, tuple[str, ...]], ...]


def computed_of(rtype: ResourceType, relations: dict[str, tuple[Relation, ...]]) -> Computed:
    """The computed attributes of a type, given the relations of every type."""
    holders = []
    for attribute in rtype.inverse:
        owners = attribute.sub_attributes["$ref"].reference_types
        holding = tuple(
            relation for owner in owners for relation in relations.get(owner, ()) if rtype.name in relation.targets
        )
        holders.append((attribute.name, holding))
    references = tuple(
        (urn, attribute, tuple(attribute.sub_attributes["$ref"].reference_types)) for urn, attribute in rtype.references
    )
    return Computed(rtype, relations[rtype.name], tuple(holders), references)


def prepared(rtype: ResourceType) -> Callable[[Record], bytes]:
    """The summary of a resource: the JSON of a reference to it between the place in `$ref` and the `type`.

    It is prepared when the resource is written, so that a group of 10,000 members is rendered with one `join`.
    """
    label_of = label(rtype)

    def summary(record: Record) -> bytes:
        id_, name = orjson.dumps(record["id"])[1:], label_of(record)
        return b'%b,"value":"%b%b' % (id_, id_, DISPLAY + orjson.dumps(name) if name else b"")

    return summary


def label(rtype: ResourceType) -> Callable[[Record], str | None]:
    """The `display` of the resource in a record: its displayName, else its formatted name, else its unique name."""

    def label_of(record: Record) -> str | None:
        resource = record["resource"]
        name: str | None = resource.get("displayName")
        if not name and isinstance(resource.get("name"), dict):
            name = resource["name"].get("formatted")
        return name or next((resource[one] for one in rtype.unique if isinstance(resource.get(one), str)), None)

    return label_of


def label_in(summary: bytes) -> str | None:
    """The label of a resource in its summary."""
    json = summary.partition(DISPLAY)[2]
    return orjson.loads(json) if json else None


def rendered(place: str, type_: str, summaries: Sequence[bytes]) -> bytes:
    """References to resources below `place`, separated by commas."""
    begin, end = b'{"$ref":"%b' % orjson.dumps(place)[1:-1], b',"type":%b}' % orjson.dumps(type_)
    if len(summaries) == 1:
        return b"%b%b%b" % (begin, summaries[0], end)
    return (end + b"," + begin).join([begin + summaries[0], *summaries[1:-1], summaries[-1] + end])  # one copy


def reference_index(urn: str | None, attribute: Attribute) -> str:
    """The name of the index that finds the resources whose single reference refers to an id."""
    return f"reference:{urn or ''}:{attribute.name}"


def referenced_value(resource: Mapping[str, Any], urn: str | None, attribute: Attribute) -> str | None:
    """The id in a single reference (`manager.value`), or None."""
    home = resource.get(urn) if urn else resource
    held = home.get(attribute.name) if isinstance(home, dict) else None
    return held.get("value") if isinstance(held, dict) else None


def without_reference(resource: dict[str, Any], urn: str | None, attribute: Attribute) -> dict[str, Any]:
    """A copy of `resource` without a reference. An extension without values is removed, also from `schemas`."""
    if urn is None:
        return {name: value for name, value in resource.items() if name != attribute.name}
    rest = {name: value for name, value in resource[urn].items() if name != attribute.name}
    if rest:
        return {**resource, urn: rest}
    kept = {name: value for name, value in resource.items() if name != urn}
    return {**kept, "schemas": [schema for schema in resource["schemas"] if schema != urn]}


Key = tuple[str, str]  # resource type name, id


def levels(start: Iterable[Key], following: Callable[[Key], Iterable[Key]], most: int) -> int:
    """The number of levels below `start`; stops counting beyond `most`."""
    layer = list(start)
    seen, number = set(layer), 0
    while layer and number <= most:
        layer = list(dict.fromkeys(key for held in layer for key in following(held) if key not in seen))
        seen.update(layer)
        number += bool(layer)
    return number


def group_closure(
    direct: list[tuple[ResourceType, str]], parents: Any
) -> dict[tuple[str, str], tuple[ResourceType, bool]]:
    """(type name, id) → (type, is direct) for every group that contains `start` directly or through nested groups.

    `parents(type, id)` returns the groups that contain a group. Cycles end, because each group is visited once.
    """
    found = {(rtype.name, id_): (rtype, True) for rtype, id_ in direct}
    waiting = list(direct)
    while waiting:
        count(2)
        rtype, id_ = waiting.pop()
        for parent, parent_id in parents(rtype, id_):
            if (parent.name, parent_id) not in found:
                found[(parent.name, parent_id)] = (parent, False)
                waiting.append((parent, parent_id))
    return found
