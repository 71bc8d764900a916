"""Renders stored resources for the provider, with locations, members, groups, and labels computed on reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.scim.schema import Attribute
from reference_server.shadow.references import (
    Relation,
    computed_of,
    group_closure,
    label_in,
    referenced_value,
    relations_of,
    rendered,
)
from reference_server.shadow.scope import Scope
from reference_server.shadow.splice import Places, Renderer, Splice, Wanted
from reference_server.storage.prefetch import is_remote, prefetch, prefetch_found
from reference_server.storage.tables import Record
from reference_server.turns import count, expect_many

MANY = 16_000  # elements that are not rendered within one slice of time
PART = 1_024  # elements that are looked up without a pause


class Views:
    """Renders records of any scope; `computed_names` are the attributes that stored records do not contain."""

    def __init__(self, types: ResourceTypes) -> None:
        self._types = types
        self._splices: dict[tuple[str, str], Splice] = {}  # (connection, type) → the latest one
        relations = relations_of(types)
        self.computed = {rtype.name: computed_of(rtype, relations) for rtype in types}
        self.places = {name: Places(plan) for name, plan in self.computed.items()}
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
                    shown[relation.name] = orjson.loads(b"".join(elements))
        for name, holding in plan.holders:
            if wanted is None or wanted.wants(name):
                groups = self.holders(scope, record["id"], holding, base_url)
                if groups:
                    shown[name] = orjson.loads(b"".join(groups))
        for urn, attribute, targets in plan.references:
            value = referenced_value(resource, urn, attribute)
            if value is not None:
                reference = self.reference(scope, attribute, targets, value, base_url)
                if urn is None:
                    shown[attribute.name] = reference
                else:
                    shown[urn] = {**shown[urn], attribute.name: reference}
        return shown

    def prefetch(self, scope: Scope, rtype: ResourceType, stored: Iterable[bytes], wanted: Wanted) -> None:
        """Announce to the store which records the rendering of these will read."""
        if not is_remote(scope.resources[rtype.name]):
            return
        records = [orjson.loads(json) for json in stored]
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

    def renderer(self, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> Renderer:
        """Renders resources of a type from stored JSON as JSON with the attributes that `wanted` selects.

        In most cases, the computed parts are inserted into the stored JSON (`splice`).
        """
        if not wanted.whole:
            return lambda stored, places, shared=None: b",".join(
                [
                    orjson.dumps(wanted.apply(self.show(scope, rtype, orjson.loads(json), base_url, wanted)))
                    for json in stored
                ]
            )
        splice = self._splices.get((scope.connection_id, rtype.name))
        if splice is None or splice.scope is not scope or splice.wanted is not wanted or splice.base_url != base_url:
            splice = self._splices[scope.connection_id, rtype.name] = Splice(self, scope, rtype, base_url, wanted)
        return splice

    def holders(self, scope: Scope, id_: str, relations: tuple[Relation, ...], base_url: str) -> list[bytes]:
        """The groups that contain this resource directly or through nested groups: parts of the JSON list of `User.groups`.

        Empty if there are none.
        """
        direct = list(self._parents(scope, id_, relations))
        if not direct:
            return []
        closure = group_closure(
            direct, lambda holder, holder_id: self._parents(scope, holder_id, self._holding[holder.name])
        )
        count(2 * len(closure))
        items: list[bytes] = []
        for (name, holder_id), (holder, is_direct) in closure.items():
            summary = scope.resources[name].summary(holder_id)
            if summary is not None:  # it can be deleted during a pause
                kind = "direct" if is_direct else "indirect"
                items.append(rendered(f"{base_url}{holder.endpoint}/", kind, [summary]))
        return _list(items)

    def groups_of(self, scope: Scope, rtype: ResourceType, id_: str) -> list[dict[str, Any]]:
        """The groups that contain this resource directly or through nested groups, in the format of User.groups."""
        relations = tuple(relation for _, holding in self.computed[rtype.name].holders for relation in holding)
        groups: list[dict[str, Any]] = orjson.loads(b"".join(self.holders(scope, id_, relations, "")) or b"[]")
        return groups

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
        for name in types:
            table = scope.resources.get(name)
            if table is not None and id_ in table:
                return name
        return None

    def _parents(self, scope: Scope, id_: str, relations: tuple[Relation, ...]) -> Iterator[tuple[ResourceType, str]]:
        for relation in relations:
            owner = self.computed[relation.owner].rtype
            for edge in scope.edges[(relation.owner, relation.name)].find("value", id_):
                yield owner, edge["owner"]

    def elements(self, scope: Scope, relation: Relation, owner: str, base_url: str) -> list[bytes]:
        """The elements of a relation, such as the members of a group: parts of a JSON list, none if it would be empty."""
        edges = scope.edges[relation.owner, relation.name]
        (ids,) = edges.fields_under("owner", (owner,), "value")
        if len(ids) > MANY:
            expect_many()
        types: dict[str, str] = {}
        if is_remote(edges):  # a look-up in the table of the wrong type would cost time
            types = dict(zip(ids, *edges.fields_under("owner", (owner,), "type"), strict=True))
        items: list[bytes] = []
        for name in relation.targets:
            table, rtype = scope.resources[name], self.computed[name].rtype
            asked = [id_ for id_ in ids if types[id_] == name] if types else ids
            prefetch(table, asked)
            found: list[bytes] = []
            for begin in range(0, len(asked), PART):
                part = table.summaries(asked[begin : begin + PART])
                count(2 * len(part))
                found += part if all(part) else filter(None, part)
            if found:
                items.append(rendered(f"{base_url}{rtype.endpoint}/", name, found))
            if len(found) == len(ids):
                break
        return _list(items)

    def reference(
        self, scope: Scope, attribute: Attribute, targets: tuple[str, ...], value: str, base_url: str
    ) -> dict[str, Any]:
        """A single reference, such as a manager, with the location and the label of its target."""
        shown = {"value": value}
        target = self.target(scope, targets, value)
        if target is not None:
            shown["$ref"] = f"{base_url}{self.computed[target].rtype.endpoint}/{value}"
            name = label_in(scope.resources[target].summary(value))
            display = next((sub for key, sub in attribute.sub_attributes.items() if key.startswith("display")), None)
            if name and display:
                shown[display.name] = name
        return shown


def _list(items: list[bytes]) -> list[bytes]:
    """The parts of a JSON list, which are not joined yet, because each copy of a large group takes long."""
    return [b"[", items[0], *(part for item in items[1:] for part in (b",", item)), b"]"] if items else []
