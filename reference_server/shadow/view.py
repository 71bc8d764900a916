"""Renders stored resources for the provider, with locations, members, groups, and labels computed on reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.scim.schema import Attribute
from reference_server.shadow.references import (
    Relation,
    group_closure,
    label,
    referenced_value,
    relations_of,
)
from reference_server.shadow.scope import Scope
from reference_server.storage.prefetch import is_remote, prefetch, prefetch_found
from reference_server.storage.tables import Record
from reference_server.turns import count

RESOURCE_KEY = b'"resource":'


class Wanted(Protocol):
    """The part of a resource that a reader requests, such as a projection."""

    @property
    def whole(self) -> bool:
        """Whether all stored attributes are shown unchanged."""
        ...

    def wants(self, attribute: str) -> bool: ...

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class _Computed:
    """The computed attributes of one resource type."""

    rtype: ResourceType
    relations: tuple[Relation, ...]
    holders: tuple[
        tuple[str, tuple[Relation, ...]], ...
    ]  # attribute, such as groups → relations that can contain the resource
    references: tuple[tuple[str | None, Attribute, tuple[str, ...]], ...]


class Views:
    """Renders records of any scope; `computed_names` are the attributes that stored records do not contain."""

    def __init__(self, types: ResourceTypes) -> None:
        self._types = types
        relations = relations_of(types)
        self._computed = {rtype.name: self._plan(rtype, relations) for rtype in types}
        # type name → the relations of any owner whose elements can have this type
        self._holding = {
            rtype.name: tuple(r for held in relations.values() for r in held if rtype.name in r.targets)
            for rtype in types
        }
        self.computed_names = {
            name: frozenset(
                [relation.name.lower() for relation in plan.relations]
                + [attribute.lower() for attribute, _ in plan.holders]
                + [(urn or attribute.name).lower() for urn, attribute, _ in plan.references]
            )
            for name, plan in self._computed.items()
        }

    @staticmethod
    def _plan(rtype: ResourceType, relations: dict[str, tuple[Relation, ...]]) -> _Computed:
        holders = []
        for attribute in rtype.inverse:
            owners = attribute.sub_attributes["$ref"].reference_types
            holding = tuple(
                relation for owner in owners for relation in relations.get(owner, ()) if rtype.name in relation.targets
            )
            holders.append((attribute.name, holding))
        references = tuple(
            (urn, attribute, tuple(attribute.sub_attributes["$ref"].reference_types))
            for urn, attribute in rtype.references
        )
        return _Computed(rtype, relations[rtype.name], tuple(holders), references)

    def show(
        self, scope: Scope, rtype: ResourceType, record: Record, base_url: str, wanted: Wanted | None = None
    ) -> dict[str, Any]:
        """The full resource with the wanted computed attributes. The stored record is not modified."""
        plan = self._computed[rtype.name]
        resource = record["resource"]
        shown = dict(resource)
        shown["meta"] = {**resource["meta"], "location": f"{base_url}{rtype.endpoint}/{record['id']}"}
        for relation in plan.relations:
            if wanted is None or wanted.wants(relation.name):
                elements = self._elements(scope, relation, record["id"], base_url)
                if elements:
                    shown[relation.name] = elements
        for name, holding in plan.holders:
            if (wanted is None or wanted.wants(name)) and self._is_held(scope, record["id"], holding):
                shown[name] = self.holders(scope, rtype, record["id"], holding, base_url)
        for urn, attribute, targets in plan.references:
            value = referenced_value(resource, urn, attribute)
            if value is not None:
                reference = _reference(scope, attribute, value, self._target(scope, targets, value), base_url)
                if urn is None:
                    shown[attribute.name] = reference
                else:
                    shown[urn] = {**shown[urn], attribute.name: reference}
        return shown

    def prefetch(self, scope: Scope, rtype: ResourceType, records: Sequence[Record], wanted: Wanted) -> None:
        """Announce to the store which records the rendering of these records will read."""
        if not is_remote(scope.resources[rtype.name]):
            return
        plan, ids = self._computed[rtype.name], [record["id"] for record in records]
        for relation in plan.relations:
            if wanted.wants(relation.name):
                prefetch_found(scope.edges[relation.owner, relation.name], "owner", ids)
        for name, holding in plan.holders:
            for relation in holding if wanted.wants(name) else ():
                edges = scope.edges[relation.owner, relation.name]
                prefetch_found(edges, "value", ids)
                owners = dict.fromkeys(edge["owner"] for id_ in ids for edge in edges.find("value", id_))
                prefetch(scope.resources[relation.owner], owners)
        for urn, attribute, targets in plan.references:
            held = (referenced_value(record["resource"], urn, attribute) for record in records)
            values = dict.fromkeys(value for value in held if value is not None)
            for target in targets:
                if values and target in scope.resources:
                    prefetch(scope.resources[target], values)

    def render(self, scope: Scope, rtype: ResourceType, record: Record, base_url: str, wanted: Wanted) -> bytes:
        """The resource as JSON with the attributes that `wanted` selects.

        In most cases, the computed parts are inserted into the stored JSON, which ends with meta and its version. Walking the
        many small objects of a resource would cost more than everything else in a read.
        """
        if wanted.whole:
            text = scope.resources[rtype.name].json(record["id"])
            if text is not None and text.endswith(b'\\""}}}'):
                spliced = self._splice(scope, rtype, record, base_url, wanted, text)
                if spliced is not None:
                    return spliced
        return orjson.dumps(wanted.apply(self.show(scope, rtype, record, base_url, wanted)))

    def _splice(
        self, scope: Scope, rtype: ResourceType, record: Record, base_url: str, wanted: Wanted, text: bytes
    ) -> bytes | None:
        plan, id_ = self._computed[rtype.name], record["id"]
        body = text[text.find(RESOURCE_KEY) + len(RESOURCE_KEY) : -3]
        for urn, attribute, targets in plan.references:
            value = referenced_value(record["resource"], urn, attribute)
            if value is not None:
                stored = orjson.dumps({attribute.name: {"value": value}})[1:-1]
                if body.count(stored) != 1:
                    return None
                shown = _reference(scope, attribute, value, self._target(scope, targets, value), base_url)
                body = body.replace(stored, orjson.dumps({attribute.name: shown})[1:-1])
        parts = [body, b',"location":', orjson.dumps(f"{base_url}{rtype.endpoint}/{id_}"), b"}"]
        for relation in plan.relations:
            if wanted.wants(relation.name):
                elements = self._elements(scope, relation, id_, base_url)
                if elements:
                    parts.append(_member(relation.name, elements))
        for name, holding in plan.holders:
            if wanted.wants(name) and self._is_held(scope, id_, holding):
                parts.append(_member(name, self.holders(scope, rtype, id_, holding, base_url)))
        parts.append(b"}")
        return b"".join(parts)

    @staticmethod
    def _is_held(scope: Scope, id_: str, relations: tuple[Relation, ...]) -> bool:
        return any(scope.edges[relation.owner, relation.name].find("value", id_) for relation in relations)

    def holders(
        self,
        scope: Scope,
        rtype: ResourceType,
        id_: str,
        relations: tuple[Relation, ...] | None = None,
        base_url: str = "",
    ) -> list[dict[str, Any]]:
        """The groups that contain this resource directly or through nested groups, in the format of User.groups."""
        if relations is None:
            relations = tuple(relation for _, holding in self._computed[rtype.name].holders for relation in holding)
        direct = list(self._parents(scope, id_, relations))
        if not direct:
            return []
        closure = group_closure(
            direct, lambda holder, holder_id: self._parents(scope, holder_id, self._holding[holder.name])
        )
        count(2 * len(closure))
        return [
            {
                "value": holder_id,
                "$ref": f"{base_url}{holder.endpoint}/{holder_id}",
                **_display(scope.resources[name].get(holder_id), holder),
                "type": "direct" if is_direct else "indirect",
            }
            for (name, holder_id), (holder, is_direct) in closure.items()
        ]

    def relations(self, rtype: ResourceType) -> tuple[Relation, ...]:
        """The stored relations of a type."""
        return self._computed[rtype.name].relations

    def members(self, scope: Scope, rtype: ResourceType, id_: str) -> Iterator[tuple[str, str]]:
        """(type name, id) of every direct element of `id_`."""
        for relation in self._computed[rtype.name].relations:
            for edge in scope.edges[(relation.owner, relation.name)].find("owner", id_):
                yield edge["type"], edge["value"]

    def holding(self, scope: Scope, rtype: ResourceType, id_: str) -> Iterator[tuple[str, str]]:
        """(type name, id) of every resource that contains `id_` directly."""
        return ((holder.name, key) for holder, key in self._parents(scope, id_, self._holding[rtype.name]))

    def target(self, scope: Scope, types: tuple[str, ...], id_: str) -> str | None:
        """The name of the first of `types` with a resource `id_`, or None."""
        found = self._target(scope, types, id_)
        return found[0].name if found else None

    def _parents(self, scope: Scope, id_: str, relations: tuple[Relation, ...]) -> Iterator[tuple[ResourceType, str]]:
        for relation in relations:
            owner = self._computed[relation.owner].rtype
            for edge in scope.edges[(relation.owner, relation.name)].find("value", id_):
                yield owner, edge["owner"]

    def _elements(self, scope: Scope, relation: Relation, owner: str, base_url: str) -> list[dict[str, Any]]:
        edges = scope.edges[relation.owner, relation.name].find("owner", owner)
        for name in relation.targets if len(edges) > 1 else ():
            prefetch(scope.resources[name], (edge["value"] for edge in edges if edge["type"] == name))
        return [self._element(scope, edge, base_url) for edge in edges]

    def _element(self, scope: Scope, edge: Record, base_url: str) -> dict[str, Any]:
        count(2)
        rtype = self._computed[edge["type"]].rtype
        record = scope.resources[rtype.name].get(edge["value"])
        return {
            "value": edge["value"],
            "$ref": f"{base_url}{rtype.endpoint}/{edge['value']}",
            **_display(record, rtype),
            "type": edge["type"],
        }

    def _target(self, scope: Scope, types: tuple[str, ...], id_: str) -> tuple[ResourceType, Record] | None:
        for name in types:
            table = scope.resources.get(name)
            record = table.get(id_) if table is not None else None
            if record is not None:
                return self._computed[name].rtype, record
        return None


def _reference(
    scope: Scope, attribute: Attribute, value: str, target: tuple[ResourceType, Record] | None, base_url: str
) -> dict[str, Any]:
    """A single reference, such as a manager, with the location and the label of its target."""
    shown = {"value": value}
    if target:
        rtype, record = target
        shown["$ref"] = f"{base_url}{rtype.endpoint}/{record['id']}"
        name = label(record["resource"], rtype)
        display = next((sub for key, sub in attribute.sub_attributes.items() if key.startswith("display")), None)
        if name and display:
            shown[display.name] = name
    return shown


def _member(name: str, value: Any) -> bytes:
    """A JSON object with one more member."""
    return b",%b:%b" % (orjson.dumps(name), orjson.dumps(value))


def _display(record: Record | None, rtype: ResourceType) -> dict[str, str]:
    name = label(record["resource"], rtype) if record else None
    return {"display": name} if name else {}
