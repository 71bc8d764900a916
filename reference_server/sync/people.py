"""What a run reads: the users to process, their shadow resources, and the facts for the planner."""

from __future__ import annotations

from typing import Any

from reference_server.service.accounts import Account, Accounts
from reference_server.service.connections import Connection, Connections
from reference_server.service.group_access import granted
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.storage.prefetch import is_remote, prefetch, prefetch_found
from reference_server.sync.pending import Pending
from reference_server.sync.plan import Facts, email_of
from reference_server.turns import count

PEOPLE = "User"  # the resource type that becomes accounts


class People:
    """Reads the shadow tables for the sync."""

    def __init__(self, connections: Connections, shadow: Shadow, accounts: Accounts, pending: Pending) -> None:
        self.pending = pending
        self._connections = connections
        self._shadow = shadow
        self._accounts = accounts

    def seq(self, connection: Connection) -> int:
        """The number of the latest change."""
        return self._scope(connection).order.latest()

    def to_look_at(self, connection: Connection, full: bool) -> list[str]:
        """The ids of users who changed, whose groups changed, or who are pending since the last run."""
        scope = self._scope(connection)
        done = connection.watermark
        if not full:
            done = max(done, connection.deactivation_watermark)
        found: dict[str, None] = dict.fromkeys(self.pending.people(connection.id)) if full else {}
        if scope.order.latest() <= done:
            return list(found)
        for _, (name, id_) in scope.order.since(done):
            count()
            if name == PEOPLE:
                found[id_] = None
            elif full and connection.settings.group_mappings and id_ in scope.resources[name]:
                self._add_members(scope, name, id_, found)
        return list(found)

    def resources(self, connection: Connection, ids: list[str]) -> list[tuple[str, dict[str, Any] | None]]:
        """(id, the shadow user or None if it was deleted) for each id."""
        users = self._scope(connection).resources[PEOPLE]
        return [(id_, record["resource"] if (record := users.get(id_)) else None) for id_ in ids]

    def prefetch(self, connection: Connection, ids: list[str]) -> None:
        """Announce to the store that these users will be planned."""
        users = self._scope(connection).resources[PEOPLE]
        if not is_remote(users):
            return
        prefetch(users, ids)
        accounts = self._accounts.table
        prefetch_found(accounts, "shadow", [(connection.id, id_) for id_ in ids])
        held = [record["resource"] for id_ in ids if (record := users.get(id_))]
        emails = [email_of(resource) for resource in held]
        prefetch_found(accounts, "email", [(connection.tenant_id, email.casefold()) for email in emails if email])
        self.pending.prefetch(connection.id, ids)

    def facts(self, connection: Connection) -> Facts:
        """The facts that the planner of a run can query."""
        return Facts(
            connection_id=connection.id,
            linked=lambda shadow_id: self._accounts.linked(connection.id, shadow_id),
            by_email=lambda email: self._accounts.by_email(connection.tenant_id, email),
            shadow_of=self.shadow_of,
            grants=lambda shadow_id: self.grants(connection, shadow_id),
            adopt=connection.settings.adopt,
        )

    def shadow_of(self, account: Account) -> dict[str, Any] | None:
        """The shadow user that is linked to an account, if it and its connection exist."""
        if not account.shadow_id or not account.connection_id or not self._connections.exists(account.connection_id):
            return None
        scope = self._shadow.scope(account.connection_id, account.tenant_id)
        record = scope.resources[PEOPLE].get(account.shadow_id)
        return record["resource"] if record else None

    def grants(self, connection: Connection, shadow_id: str) -> dict[str, list[str]]:
        """What the groups of a shadow user grant."""
        mappings = connection.settings.group_mappings
        if not mappings:
            return granted((), None)
        groups = self._shadow.groups_of(self._scope(connection), self._shadow.types.by_name[PEOPLE], shadow_id)
        return granted(groups, mappings)

    def _add_members(self, scope: Scope, type_name: str, id_: str, found: dict[str, None]) -> None:
        """The users in a group, directly or through nested groups."""
        seen = {(type_name, id_)}
        stack = [(type_name, id_)]
        while stack:
            name, holder = stack.pop()
            for member in self._shadow.views.members(scope, self._shadow.types.by_name[name], holder):
                count()
                if member[0] == PEOPLE:
                    found[member[1]] = None
                elif member not in seen:
                    seen.add(member)
                    stack.append(member)

    def _scope(self, connection: Connection) -> Scope:
        return self._shadow.scope(connection.id, connection.tenant_id)
