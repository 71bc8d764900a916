"""Scope: the tables of one connection. All access to the shadow store requires a Scope."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from sys import intern
from typing import Any

from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.scim.schema import Attribute
from reference_server.shadow.changes import ChangeOrder
from reference_server.shadow.references import EDGE_INDEXES, prepared, reference_index, referenced_value
from reference_server.storage.prefetch import is_remote
from reference_server.storage.tables import IndexKeys, Record, Table, Tables


@dataclass(frozen=True, slots=True)
class Scope:
    """One connection of a tenant: its resources by type, its edges by (type, relation), and its touched resources.

    A resource record is `{"id", "seq", "resource"}`, and its summary is what references to it show (see
    `references.prepared`). An edge is `{"id": "<owner>\\x1f<value>", "seq", "owner", "value", "type"}`; edges from before
    format 4 have no `seq`. `touched` contains `{"id": "<type>\\x1f<id>", "seq"}` for changes that neither a resource nor an
    edge records: a removed membership, a deletion, and the new groups of members of a nested group.
    """

    connection_id: str
    tenant_id: str
    resources: dict[str, Table]
    edges: dict[tuple[str, str], Table]
    touched: Table
    order: ChangeOrder
    is_remote: bool  # whether look-ups are round trips, so that hints are worth it (see `storage.prefetch`)
    shared_id: Callable[
        [str], str
    ]  # the object that all records in memory share for an id; the id itself for a database


def open_scope(tables: Tables, types: ResourceTypes, connection_id: str, tenant_id: str) -> Scope:
    """Open or create the tables of a connection."""
    resources = {
        rtype.name: tables.table(
            f"{connection_id}/{rtype.name}",
            _indexes(rtype),
            keep_json=True,
            ordered_by="seq",
            summary=prepared(rtype),
        )
        for rtype in types
    }
    edges = {
        (rtype.name, relation.name): tables.table(
            f"{connection_id}/{rtype.name}.{relation.name}", EDGE_INDEXES, ordered_by="seq"
        )
        for rtype in types
        for relation in rtype.relations
    }
    touched = tables.table(f"{connection_id}/touched", ordered_by="seq")
    order = ChangeOrder(resources, edges.values(), touched)
    remote = is_remote(touched)
    return Scope(connection_id, tenant_id, resources, edges, touched, order, remote, str if remote else intern)


def _indexes(rtype: ResourceType) -> dict[str, IndexKeys]:
    indexes: dict[str, IndexKeys] = {}
    for name, keys in rtype.index_keys.items():
        found = rtype.find(name)
        assert found is not None
        indexes[name] = _KeysOf(found.urn or found.attribute.name, keys)
    for urn, attribute in rtype.references:
        indexes[reference_index(urn, attribute)] = _KeysOf(urn or attribute.name, _keys_of_reference(urn, attribute))
    return indexes


class _KeysOf:
    """The index keys of the resource in a record.

    They are made of one top-level attribute or extension. A write that does not change its value keeps the same object.
    """

    __slots__ = ("_keys", "source")

    def __init__(self, name: str, keys: Callable[[dict[str, Any]], tuple[Hashable, ...]]) -> None:
        self.source = ("resource", name)
        self._keys = keys

    def __call__(self, record: Record) -> tuple[Hashable, ...]:
        return self._keys(record["resource"])


def _keys_of_reference(urn: str | None, attribute: Attribute) -> Callable[[dict[str, Any]], tuple[Hashable, ...]]:
    def keys(resource: dict[str, Any]) -> tuple[Hashable, ...]:
        value = referenced_value(resource, urn, attribute)
        return (value,) if value is not None else ()

    return keys
