"""Reads, finds, and writes the resources of a connection, and maintains uniqueness and references.

A write is checked, staged, and committed within one unit of work, so no other write can happen in between. Code that must act
on a write in the same commit (deprovisioning, audit) registers a hook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reference_server.scim.element_set import ElementSet
from reference_server.scim.errors import NotFound
from reference_server.scim.filter import Lookup
from reference_server.scim.resource_type import ResourceType, ResourceTypes
from reference_server.shadow.draft import Draft, WriteHook, Writer
from reference_server.shadow.hints import (
    announce_members,
    announce_resource,
    announce_unique,
    expect_many_members,
    expect_no_holders,
)
from reference_server.shadow.ids_and_timestamps import random_uuid
from reference_server.shadow.references import Elements
from reference_server.shadow.scope import Scope, open_scope
from reference_server.shadow.uniqueness import check_unique
from reference_server.shadow.view import Views
from reference_server.storage.prefetch import expect_new, look_up
from reference_server.storage.tables import Noted, Record, Row, Tables, Transaction


class Shadow:
    """The shadow store of all connections; every call receives the Scope of one of them."""

    def __init__(
        self,
        tables: Tables,
        types: ResourceTypes,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self.types = types
        self.views = Views(types)
        self._tables = tables
        self._hooks: list[WriteHook] = []
        self._announcements: list[Callable[[str], None]] = []
        self._writer = Writer(tables, self.views, types, now, self._hooks)
        self._scopes: dict[str, Scope] = {}

    def add_hook(self, hook: WriteHook, announce: Callable[[str], None] | None = None) -> None:
        """Call `hook` for every write in the same commit, after the hooks that were added earlier.

        `announce` announces what the hook reads for a connection (see `storage.prefetch`).
        """
        self._hooks.append(hook)
        if announce is not None:
            self._announcements.append(announce)

    # ── scopes ──

    def scope(self, connection_id: str, tenant_id: str) -> Scope:
        """The scope of a connection. Its tables are opened when this process first uses it."""
        scope = self._scopes.get(connection_id)
        if scope is None:
            scope = self._scopes[connection_id] = open_scope(self._tables, self.types, connection_id, tenant_id)
        return scope

    def forget(self, transaction: Transaction, connection_id: str, tenant_id: str) -> None:
        """Stage the removal of everything that a deleted connection's provider pushed."""
        scope = self.scope(connection_id, tenant_id)
        for table in [*scope.resources.values(), *scope.edges.values(), scope.touched]:
            transaction.drop(table)
        del self._scopes[connection_id]
        self.views.forget(connection_id)

    # ── reading ──

    def get(self, scope: Scope, rtype: ResourceType, id_: str) -> Record:
        """The record of one resource; raises NotFound, also for the ids of other connections."""
        if scope.is_remote:
            announce_resource(self.views, scope, rtype, id_)
        record = scope.resources[rtype.name].get(id_)
        if record is None:
            raise _not_found(rtype, id_)
        return record

    def stored(self, scope: Scope, rtype: ResourceType, id_: str) -> Noted:
        """The JSON of the record of one resource, and its place (see `splice.Places`); raises NotFound as `get` does."""
        if scope.is_remote:
            announce_resource(self.views, scope, rtype, id_)
        noted = scope.resources[rtype.name].noted(id_, self.views.places[rtype.name])
        if noted is None:
            raise _not_found(rtype, id_)
        return noted

    def candidates(self, scope: Scope, rtype: ResourceType, lookup: Lookup) -> Sequence[Row]:
        """The rows that a filter could match, according to the indexes and the `lookup` of the filter, in order of creation."""
        table = scope.resources[rtype.name]
        if lookup[0] == "eq" and lookup[1] != "id":  # the most frequent filter of providers
            return table.rows_under(lookup[1], lookup[2])
        return table.select(lookup)

    def groups_of(self, scope: Scope, rtype: ResourceType, id_: str) -> list[dict[str, Any]]:
        """The groups that contain a resource directly or through nested groups, in the format of User.groups."""
        return self.views.groups_of(scope, rtype, id_)

    # ── writing ──

    def announce_write(self, scope: Scope) -> None:
        """Announce what every write to a connection reads (see `storage.prefetch`)."""
        if scope.is_remote:
            for announce in self._announcements:
                announce(scope.connection_id)

    def announce_patch(self, scope: Scope, rtype: ResourceType, id_: str, body: Any) -> None:
        """Announce what a PATCH reads."""
        expect_many_members(body)
        if scope.is_remote:
            self.announce_write(scope)
            announce_members(self.views, scope, rtype, id_, body)

    def announce_create(self, scope: Scope, rtype: ResourceType, body: Any) -> None:
        """Announce what a POST reads, and look it up before the body is validated."""
        if scope.is_remote:
            self.announce_write(scope)
            announce_unique(scope, rtype, body)
            look_up(scope.touched)

    def announce_new(self, scope: Scope, rtype: ResourceType, body: Any) -> None:
        """Announce what a POST will read, before its turn."""
        if scope.is_remote:
            announce_unique(scope, rtype, body)

    def create(self, scope: Scope, rtype: ResourceType, resource: dict[str, Any]) -> Record | None:
        """Store a new resource from `read_resource`; raises Uniqueness (409) or InvalidValue."""
        draft = Draft(self._writer, scope, rtype, random_uuid(), before=None)
        if scope.is_remote:
            expect_new(scope.resources[rtype.name], draft.id)
            expect_no_holders(self.views, scope, rtype, draft.id)
        held = {relation.name: resource.pop(relation.name, None) or [] for relation in draft.relations}
        check_unique(draft.table, rtype, draft.id, draft.before, resource)
        for relation in draft.relations:
            draft.set_elements(relation, held[relation.name])
        return draft.commit(resource)

    def replace(self, scope: Scope, rtype: ResourceType, record: Record, resource: dict[str, Any]) -> Record | None:
        """Store the resource after a PUT, which empties the relations that it does not name."""
        draft = Draft(self._writer, scope, rtype, record["id"], before=record["resource"])
        for relation in draft.relations:
            draft.set_elements(relation, resource.pop(relation.name, None) or [])
        check_unique(draft.table, rtype, draft.id, draft.before, resource)
        return draft.commit(resource)

    def elements(self, scope: Scope, rtype: ResourceType, id_: str) -> dict[str, ElementSet]:
        """Drafts of the relations of a resource, which `apply_patch` changes."""
        return {
            relation.name: ElementSet(Elements(scope.edges[(relation.owner, relation.name)], id_))
            for relation in self.views.relations(rtype)
        }

    def patch(
        self,
        scope: Scope,
        rtype: ResourceType,
        record: Record,
        resource: dict[str, Any],
        elements: Mapping[str, ElementSet],
    ) -> Record | None:
        """Store the resource and the relation drafts after a PATCH."""
        draft = Draft(self._writer, scope, rtype, record["id"], before=record["resource"])
        for relation in draft.relations:
            draft.change_elements(relation, elements[relation.name])
        check_unique(draft.table, rtype, draft.id, draft.before, resource)
        return draft.commit(resource)

    def delete(self, scope: Scope, rtype: ResourceType, record: Record) -> Record | None:
        """Delete a resource, its memberships, and all references to it in one commit."""
        draft = Draft(self._writer, scope, rtype, record["id"], before=record["resource"])
        for relation in draft.relations:
            draft.set_elements(relation, [])
        draft.leave_holders()
        draft.drop_references()
        return draft.commit(None)


def _not_found(rtype: ResourceType, id_: str) -> NotFound:
    return NotFound(f"{rtype.name} {id_} does not exist")
