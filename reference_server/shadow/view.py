"""Renders stored resources for the provider, with locations, members, groups, and labels computed on reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import orjson

from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.scim.schema import Attribute
from reference_server.shadow.references import (
    Relation,
    computed_of,
    group_closure,
    label,
    referenced_value,
    relations_of,
)
from reference_server.shadow.scope import Scope
from reference_server.storage.prefetch import is_remote, prefetch, prefetch_found
from reference_server.storage.tables import Record
from reference_server.turns import count, expect_many

RESOURCE_KEY = b'"resource":'
KEY_SIZE = len(RESOURCE_KEY)
MANY = 4_000  # elements that are not rendered within one slice of time


class Wanted(Protocol):
    """The part of a resource that a reader requests, such as a projection."""

    @property
    def whole(self) -> bool:
        """Whether all stored attributes are shown unchanged."""
        ...

    def wants(self, attribute: str) -> bool: ...

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]: ...


class Splice:
    """Inserts the computed parts into the stored JSON of a resource: for one type, connection, and selection."""

    def __init__(self, views: Views, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> None:
        self.scope, self.base_url, self.wanted = scope, base_url, wanted
        self._views, self._rtype, plan = views, rtype, views.computed[rtype.name]
        self._json = scope.resources[rtype.name].json
        self._location = b',"location":' + orjson.dumps(f"{base_url}{rtype.endpoint}/")[:-1]
        self._references = [
            (b"%b:{" % orjson.dumps(attribute.name), urn, attribute, targets)
            for urn, attribute, targets in plan.references
        ]
        self._relations = [relation for relation in plan.relations if wanted.wants(relation.name)]
        self._holders = [
            (name, holding, [scope.edges[relation.owner, relation.name] for relation in holding])
            for name, holding in plan.holders
            if wanted.wants(name)
        ]

    def __call__(self, record: Record) -> bytes:
        """The resource as JSON."""
        spliced = self._spliced(record)
        if spliced is None:
            show = self._views.show(self.scope, self._rtype, record, self.base_url, self.wanted)
            return orjson.dumps(self.wanted.apply(show))
        return spliced

    def _spliced(self, record: Record) -> bytes | None:
        """None if the stored JSON does not have the usual form, which ends with meta and its version."""
        id_ = record["id"]
        text = self._json(id_)
        if text is None or not text.endswith(b'\\""}}}'):
            return None
        body = text[text.find(RESOURCE_KEY) + KEY_SIZE : -3]
        for key, urn, attribute, targets in self._references:
            # `rfind`, because searching forward takes three times as long
            value = referenced_value(record["resource"], urn, attribute) if body.rfind(key) >= 0 else None
            if value is not None:
                stored = orjson.dumps({attribute.name: {"value": value}})[1:-1]
                if body.count(stored) != 1:
                    return None
                shown = self._views.reference(self.scope, attribute, targets, value, self.base_url)
                body = body.replace(stored, orjson.dumps({attribute.name: shown})[1:-1])
        parts = [body, self._location, orjson.dumps(id_)[1:], b"}"]
        for relation in self._relations:
            elements = self._views.elements(self.scope, relation, id_, self.base_url)
            if elements:
                parts.append(_member(relation.name, elements))
        for name, holding, tables in self._holders:
            for edges in tables:
                if edges.count("value", id_):
                    groups = self._views.holders(self.scope, self._rtype, id_, holding, self.base_url)
                    parts.append(_member(name, groups))
                    break
        parts.append(b"}")
        return b"".join(parts)


class Views:
    """Renders records of any scope; `computed_names` are the attributes that stored records do not contain."""

    def __init__(self, types: ResourceTypes) -> None:
        self._types = types
        self._splices: dict[tuple[str, str], Splice] = {}  # (connection, type) → the latest one
        relations = relations_of(types)
        self.computed = {rtype.name: computed_of(rtype, relations) for rtype in types}
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
            for name, plan in self.computed.items()
        }

    def forget(self, connection_id: str) -> None:
        """Free what is kept for a deleted connection."""
        for name in self.computed:
            self._splices.pop((connection_id, name), None)

    def show(
        self, scope: Scope, rtype: ResourceType, record: Record, base_url: str, wanted: Wanted | None = None
    ) -> dict[str, Any]:
        """The full resource with the wanted computed attributes. The stored record is not modified."""
        plan = self.computed[rtype.name]
        resource = record["resource"]
        shown = dict(resource)
        shown["meta"] = {**resource["meta"], "location": f"{base_url}{rtype.endpoint}/{record['id']}"}
        for relation in plan.relations:
            if wanted is None or wanted.wants(relation.name):
                elements = self.elements(scope, relation, record["id"], base_url)
                if elements:
                    shown[relation.name] = elements
        for name, holding in plan.holders:
            if wanted is None or wanted.wants(name):
                groups = self.holders(scope, rtype, record["id"], holding, base_url)
                if groups:
                    shown[name] = groups
        for urn, attribute, targets in plan.references:
            value = referenced_value(resource, urn, attribute)
            if value is not None:
                reference = self.reference(scope, attribute, targets, value, base_url)
                if urn is None:
                    shown[attribute.name] = reference
                else:
                    shown[urn] = {**shown[urn], attribute.name: reference}
        return shown

    def prefetch(self, scope: Scope, rtype: ResourceType, records: Sequence[Record], wanted: Wanted) -> None:
        """Announce to the store which records the rendering of these records will read."""
        if not is_remote(scope.resources[rtype.name]):
            return
        plan, ids = self.computed[rtype.name], [record["id"] for record in records]
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

    def renderer(self, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> Callable[[Record], bytes]:
        """Renders resources of a type as JSON with the attributes that `wanted` selects.

        In most cases, the computed parts are inserted into the stored JSON. Walking the many small objects of a resource
        would cost more than everything else in a read.
        """
        if not wanted.whole:
            return lambda record: orjson.dumps(wanted.apply(self.show(scope, rtype, record, base_url, wanted)))
        splice = self._splices.get((scope.connection_id, rtype.name))
        if splice is None or splice.scope is not scope or splice.wanted is not wanted or splice.base_url != base_url:
            splice = self._splices[scope.connection_id, rtype.name] = Splice(self, scope, rtype, base_url, wanted)
        return splice

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
            relations = tuple(relation for _, holding in self.computed[rtype.name].holders for relation in holding)
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
        return self.computed[rtype.name].relations

    def members(self, scope: Scope, rtype: ResourceType, id_: str) -> Iterator[tuple[str, str]]:
        """(type name, id) of every direct element of `id_`."""
        for relation in self.computed[rtype.name].relations:
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
            owner = self.computed[relation.owner].rtype
            for edge in scope.edges[(relation.owner, relation.name)].find("value", id_):
                yield owner, edge["owner"]

    def elements(self, scope: Scope, relation: Relation, owner: str, base_url: str) -> list[dict[str, Any]]:
        """The elements of a relation, such as the members of a group."""
        edges = scope.edges[relation.owner, relation.name].find("owner", owner)
        for name in relation.targets if len(edges) > 1 else ():
            prefetch(scope.resources[name], (edge["value"] for edge in edges if edge["type"] == name))
        homes = {}
        for name in relation.targets:
            rtype = self.computed[name].rtype
            homes[name] = rtype, f"{base_url}{rtype.endpoint}/", scope.resources[name].get
        if len(edges) > MANY:
            expect_many()
        elements: list[dict[str, Any]] = []
        for edge in edges:
            count(2)
            id_, name = edge["value"], edge["type"]
            rtype, place, get = homes[name]
            element = {"value": id_, "$ref": place + id_}
            record = get(id_)
            display = label(record["resource"], rtype) if record is not None else None
            if display:
                element["display"] = display
            element["type"] = name
            elements.append(element)
        return elements

    def reference(
        self, scope: Scope, attribute: Attribute, targets: tuple[str, ...], value: str, base_url: str
    ) -> dict[str, Any]:
        """A single reference, such as a manager, with the location and the label of its target."""
        shown = {"value": value}
        target = self._target(scope, targets, value)
        if target:
            rtype, record = target
            shown["$ref"] = f"{base_url}{rtype.endpoint}/{record['id']}"
            name = label(record["resource"], rtype)
            display = next((sub for key, sub in attribute.sub_attributes.items() if key.startswith("display")), None)
            if name and display:
                shown[display.name] = name
        return shown

    def _target(self, scope: Scope, types: tuple[str, ...], id_: str) -> tuple[ResourceType, Record] | None:
        for name in types:
            table = scope.resources.get(name)
            record = table.get(id_) if table is not None else None
            if record is not None:
                return self.computed[name].rtype, record
        return None


def _member(name: str, value: Any) -> bytes:
    """A JSON object with one more member."""
    return b",%b:%b" % (orjson.dumps(name), orjson.dumps(value))


def _display(record: Record | None, rtype: ResourceType) -> dict[str, str]:
    name = label(record["resource"], rtype) if record else None
    return {"display": name} if name else {}
