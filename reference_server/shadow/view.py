"""A stored resource as the provider sees it: locations, members, groups and labels computed at the moment of reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

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
from reference_server.storage.tables import Record


class Wanted(Protocol):
    """What a reader asks for; a projection is one."""

    def wants(self, attribute: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Computed:
    """What is computed for one resource type, found once."""

    rtype: ResourceType
    relations: tuple[Relation, ...]
    holders: tuple[tuple[str, tuple[Relation, ...]], ...]  # attribute such as groups → relations that may hold us
    references: tuple[tuple[str | None, Attribute, tuple[str, ...]], ...]


class Views:
    """Shows records of any scope; `computed_names` are the attributes that no stored record holds."""

    def __init__(self, types: ResourceTypes) -> None:
        self._types = types
        relations = relations_of(types)
        self._computed = {rtype.name: self._plan(rtype, relations) for rtype in types}
        # type name → the relations, of whatever owner, whose elements may be of that type
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
        """The full resource with everything computed that is wanted; the stored record stays untouched."""
        plan = self._computed[rtype.name]
        resource = record["resource"]
        shown = dict(resource)
        shown["meta"] = {**resource["meta"], "location": f"{base_url}{rtype.endpoint}/{record['id']}"}
        for relation in plan.relations:
            if wanted is None or wanted.wants(relation.name):
                edges = scope.edges[(relation.owner, relation.name)].find("owner", record["id"])
                if edges:
                    shown[relation.name] = [self._element(scope, edge, base_url) for edge in edges]
        for name, holding in plan.holders:
            if (wanted is None or wanted.wants(name)) and any(
                scope.edges[relation.owner, relation.name].has("value", record["id"]) for relation in holding
            ):
                holders = self.holders(scope, rtype, record["id"], holding, base_url)
                if holders:
                    shown[name] = holders
        for urn, attribute, targets in plan.references:
            value = referenced_value(resource, urn, attribute)
            if value is not None:
                self._show_reference(scope, shown, urn, attribute, self._target(scope, targets, value), base_url)
        return shown

    def holders(
        self,
        scope: Scope,
        rtype: ResourceType,
        id_: str,
        relations: tuple[Relation, ...] | None = None,
        base_url: str = "",
    ) -> list[dict[str, Any]]:
        """What holds this resource (a user's groups), direct and through nesting, in the shape of User.groups."""
        if relations is None:
            relations = tuple(relation for _, holding in self._computed[rtype.name].holders for relation in holding)
        direct = list(self._parents(scope, id_, relations))
        if not direct:
            return []
        closure = group_closure(
            direct, lambda holder, holder_id: self._parents(scope, holder_id, self._holding[holder.name])
        )
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

    def target(self, scope: Scope, types: tuple[str, ...], id_: str) -> str | None:
        """The name of the first of `types` that has a resource `id_`, else None."""
        found = self._target(scope, types, id_)
        return found[0].name if found else None

    def _parents(self, scope: Scope, id_: str, relations: tuple[Relation, ...]) -> Iterator[tuple[ResourceType, str]]:
        for relation in relations:
            owner = self._computed[relation.owner].rtype
            for edge in scope.edges[(relation.owner, relation.name)].find("value", id_):
                yield owner, edge["owner"]

    def _element(self, scope: Scope, edge: Record, base_url: str) -> dict[str, Any]:
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

    @staticmethod
    def _show_reference(
        scope: Scope,
        shown: dict[str, Any],
        urn: str | None,
        attribute: Attribute,
        target: tuple[ResourceType, Record] | None,
        base_url: str,
    ) -> None:
        home = shown if urn is None else dict(shown[urn])
        held = {"value": home[attribute.name]["value"]}
        if target:
            rtype, record = target
            held["$ref"] = f"{base_url}{rtype.endpoint}/{record['id']}"
            name = label(record["resource"], rtype)
            display = next((sub for key, sub in attribute.sub_attributes.items() if key.startswith("display")), None)
            if name and display:
                held[display.name] = name
        home[attribute.name] = held
        if urn is not None:
            shown[urn] = home


def _display(record: Record | None, rtype: ResourceType) -> dict[str, str]:
    name = label(record["resource"], rtype) if record else None
    return {"display": name} if name else {}
