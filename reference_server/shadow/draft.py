"""A draft of one write, which collects the record, edges, and touched resources and commits them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import not_
from typing import Any, NamedTuple

from reference_server.scim.element_set import ElementSet
from reference_server.scim.errors import InvalidValue
from reference_server.scim.limits import GROUP_LEVELS
from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.shadow.changes import SEPARATOR, changed_names
from reference_server.shadow.hints import MANY
from reference_server.shadow.ids_and_timestamps import iso, timestamp
from reference_server.shadow.references import (
    Elements,
    Key,
    Relation,
    edge_key,
    levels,
    reference_index,
    without_reference,
)
from reference_server.shadow.scope import Scope
from reference_server.shadow.view import Views
from reference_server.storage.prefetch import prefetch
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.turns import count, expect_many, in_parts

MOST = GROUP_LEVELS.most


@dataclass(slots=True)
class ShadowWrite:
    """One write, as hooks receive it. `before` is None for a creation and `after` for a deletion; neither has members."""

    connection_id: str
    tenant_id: str
    resource_type: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    attributes: tuple[str, ...]
    at: datetime
    at_text: str  # the same time in ISO 8601


WriteHook = Callable[[Transaction, ShadowWrite], None]


class Writer(NamedTuple):
    """What every draft needs: the store, the references, the clock, and the hooks."""

    tables: Tables
    views: Views
    types: ResourceTypes
    now: Callable[[], datetime]
    hooks: Sequence[WriteHook]


class Draft:
    """A draft of one write, which collects records, edges, and touched resources and commits them together."""

    __slots__ = (
        "_changed_relations",
        "_seq",
        "_touched",
        "_writer",
        "at",
        "at_text",
        "before",
        "id",
        "relations",
        "rtype",
        "scope",
        "table",
        "transaction",
    )

    def __init__(
        self, writer: Writer, scope: Scope, rtype: ResourceType, id_: str, before: dict[str, Any] | None
    ) -> None:
        self._writer = writer
        self.scope = scope
        self.rtype = rtype
        self.id = scope.shared_id(id_)
        self.before = before
        self.table = scope.resources[rtype.name]
        self.at = writer.now()
        self.at_text = iso(self.at)
        self.relations = writer.views.relations(rtype)
        self.transaction = writer.tables.transaction()
        self._changed_relations: list[str] = []
        self._touched: dict[str, dict[str, None]] = {}  # type name → ids
        self._seq = scope.order.latest()

    # ── relations ──

    def set_elements(self, relation: Relation, elements: list[dict[str, Any]]) -> None:
        held = ElementSet(Elements(self.scope.edges[(relation.owner, relation.name)], self.id))
        held.replace_all([element["value"] for element in elements])
        self.change_elements(relation, held)

    def change_elements(self, relation: Relation, elements: ElementSet) -> None:
        """Stage added and removed edges; raises InvalidValue for a value that does not refer to a resource."""
        if not elements.changed:
            return
        if len(elements.added) + len(elements.removed) > MANY:
            expect_many()
        if elements.removed:
            self._remove_edges(relation, elements)
        if elements.added:
            self._add_edges(relation, elements)
        self._changed_relations.append(relation.name)

    def _remove_edges(self, relation: Relation, elements: ElementSet) -> None:
        edges, place = self.scope.edges[(relation.owner, relation.name)], edge_key(self.id, "")
        if len(elements.removed) == 1:  # the usual PATCH
            edge = edges.get(place + next(iter(elements.removed)))
            if edge is not None:
                self.transaction.remove(edges, edge["id"])
                self._touch(edge["type"], (edge["value"],))
            return
        for values in in_parts(list(elements.removed)):
            keys = [place + value for value in values]
            by_type: dict[str, list[str]] = {}
            for edge in edges.records(keys):
                if edge is not None:
                    by_type.setdefault(edge["type"], []).append(edge["value"])
            self.transaction.remove_all(edges, keys)
            for name, ids in by_type.items():
                self._touch(name, ids)

    def _add_edges(self, relation: Relation, elements: ElementSet) -> None:
        edges, owner, place = self.scope.edges[(relation.owner, relation.name)], self.id, edge_key(self.id, "")
        for name in relation.targets if len(elements.added) > 1 else ():
            prefetch(self.scope.resources[name], elements.added)
        nested: list[Key] = []
        for values in in_parts(list(elements.added)):
            for name, found in self._by_type(relation, values).items():
                ids = list(map(self.scope.shared_id, found))
                seq = self._seq + 1
                self._seq += len(ids)
                if len(ids) == 1:  # the usual PATCH
                    edge = {"id": place + ids[0], "seq": seq, "owner": owner, "value": ids[0], "type": name}
                    self.transaction.put(edges, edge)
                else:
                    self.transaction.put_all(
                        edges,
                        [
                            {"id": place + id_, "seq": seq, "owner": owner, "value": id_, "type": name}
                            for seq, id_ in enumerate(ids, seq)
                        ],
                    )
                if self._writer.types.by_name[name].relations:
                    nested += [(name, id_) for id_ in ids]
                    self._touch(name, ids)  # the members of the nested groups
        if nested:
            self._check_levels(relation, nested)

    def _by_type(self, relation: Relation, ids: Sequence[str]) -> dict[str, Sequence[str]]:
        """The ids of resources by the name of their type; raises InvalidValue for one that does not refer to a resource."""
        found: dict[str, Sequence[str]] = {}
        for name in relation.targets:
            table = self.scope.resources.get(name)
            if table is None:
                continue
            known = table.known(ids) if len(ids) > 1 else [ids[0] in table]
            if all(known):
                found[name] = ids
                return found
            if any(known):
                found[name] = list(compress(ids, known))
                ids = list(compress(ids, map(not_, known)))
        raise InvalidValue(f'{relation.name}: no resource of this connection has the id "{ids[0]}"')

    def _check_levels(self, relation: Relation, nested: list[Key]) -> None:
        """Raise InvalidValue if these nested groups would be nested too deeply."""
        views, types, scope = self._writer.views, self._writer.types.by_name, self.scope
        above = levels([(self.rtype.name, self.id)], lambda key: views.holding(scope, types[key[0]], key[1]), MOST)
        below = levels(nested, self._holders_in, MOST)
        if above + 2 + below > MOST:  # this group and its new members are two levels
            raise InvalidValue(f"{relation.name}: groups would be nested more than {MOST} levels deep")

    def _holders_in(self, key: Key) -> Iterator[Key]:
        """The direct members of a group that have members themselves."""
        types = self._writer.types.by_name
        for held in self._writer.views.members(self.scope, types[key[0]], key[1]):
            count()
            if types[held[0]].relations:
                yield held

    def leave_holders(self) -> None:
        """Stage the removal of every membership of this resource; the groups get a new version."""
        for (owner_name, relation_name), edges in self.scope.edges.items():
            for edge in edges.find("value", self.id):
                count(20)
                self.transaction.remove(edges, edge["id"])
                self._rewrite(self._writer.types.by_name[owner_name], edge["owner"], relation_name)

    def drop_references(self) -> None:
        """Stage the removal of every single reference to this resource, such as those of the reports of a manager."""
        for rtype in self._writer.types:
            for urn, attribute in rtype.references:
                table = self.scope.resources[rtype.name]
                for record in table.find(reference_index(urn, attribute), self.id):
                    count(20)
                    if record["id"] != self.id:
                        after = without_reference(record["resource"], urn, attribute)
                        self._put(rtype, record["id"], after, record["resource"], (urn or attribute.name,))

    # ── commit ──

    def commit(self, after: dict[str, Any] | None) -> Record | None:
        """Commit everything together; writes nothing if nothing changed. Returns the record, None after a deletion."""
        if after is None:
            self.transaction.remove(self.table, self.id)
            self._touch(self.rtype.name, (self.id,))
            self._tell(self.rtype, self.id, self.before, None, ())
            self._stage_touched()
            self.transaction.commit()
            return None
        changed = changed_names(self.before, after) + tuple(self._changed_relations)
        if not changed and self.before is not None:  # a new resource is stored even if it is empty
            return self.table.get(self.id)
        record = self._put(self.rtype, self.id, after, self.before, changed)
        self._stage_touched()
        self.transaction.commit()
        return record

    def _put(
        self,
        rtype: ResourceType,
        id_: str,
        after: dict[str, Any],
        before: dict[str, Any] | None,
        changed: tuple[str, ...],
    ) -> Record:
        seq = self._seq = self._seq + 1
        now = timestamp(self.at_text)
        created = before["meta"]["created"] if before else now
        meta = {"resourceType": rtype.name, "created": created, "lastModified": now, "version": f'W/"{seq}"'}
        resource = {"schemas": after["schemas"], "id": id_, **after}
        resource.pop("meta", None)
        resource["meta"] = meta  # meta is the last key and version its last key, because Views.render relies on it
        record = {"id": id_, "seq": seq, "resource": resource}
        self.transaction.put(self.scope.resources[rtype.name], record)
        self._tell(rtype, id_, before, resource, changed)
        return record

    def _rewrite(self, rtype: ResourceType, id_: str, relation_name: str) -> None:
        resource = self.scope.resources[rtype.name].get(id_)
        if resource is not None:
            self._put(rtype, id_, resource["resource"], resource["resource"], (relation_name,))

    def _tell(
        self,
        rtype: ResourceType,
        id_: str,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        changed: tuple[str, ...],
    ) -> None:
        scope, at, at_text = self.scope, self.at, self.at_text
        write = ShadowWrite(scope.connection_id, scope.tenant_id, rtype.name, id_, before, after, changed, at, at_text)
        self.transaction.begin_commit()  # hooks use the tables of the service
        for hook in self._writer.hooks:
            hook(self.transaction, write)

    def _touch(self, type_name: str, ids: Iterable[str]) -> None:
        """Mark resources whose memberships changed, and the members of nested groups, whose memberships changed with it."""
        if not self._writer.types.by_name[type_name].relations:  # the usual members, users
            self._touched.setdefault(type_name, {}).update(dict.fromkeys(ids))
            return
        waiting = [(type_name, id_) for id_ in ids]
        while waiting:
            name, id_ = waiting.pop()
            touched = self._touched.setdefault(name, {})
            if id_ not in touched:
                count()
                touched[id_] = None
                waiting += self._writer.views.members(self.scope, self._writer.types.by_name[name], id_)

    def _stage_touched(self) -> None:
        for name, touched in self._touched.items():
            place = f"{name}{SEPARATOR}"
            if len(touched) == 1:  # the usual PATCH
                self._seq += 1
                self.transaction.put(self.scope.touched, {"id": place + next(iter(touched)), "seq": self._seq})
                continue
            for ids in in_parts(list(touched)):
                records = [{"id": place + id_, "seq": seq} for seq, id_ in enumerate(ids, self._seq + 1)]
                self._seq += len(ids)
                self.transaction.put_all(self.scope.touched, records)
