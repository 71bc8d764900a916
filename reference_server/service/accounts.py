"""Accounts: the service's own people, apart from the shadow tables, and the link that joins the two."""

from __future__ import annotations

from collections.abc import Iterator

from reference_server.storage.tables import Record, Tables, Transaction

# An account: id, tenant_id, email, user_name, display_name, status (active, inactive), access (may sign in now),
# roles, sites, boards, connection_id and shadow_id (the link; None for a local account), created_at, updated_at,
# deactivated_at, access_revoked_at.


class Accounts:
    """The accounts table; found by id, by e-mail within a tenant (without case), by shadow user."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.table(
            "accounts",
            {
                "email": lambda a: ((a["tenant_id"], a["email"].casefold()),) if a["email"] else (),
                "shadow": lambda a: ((a["connection_id"], a["shadow_id"]),) if a["shadow_id"] else (),
                "connection": lambda a: (a["connection_id"],) if a["connection_id"] else (),
                "tenant": lambda a: (a["tenant_id"],),
            },
        )

    def get(self, account_id: str) -> Record | None:
        return self._table.get(account_id)

    def linked(self, connection_id: str, shadow_id: str) -> Record | None:
        """The account that a shadow user is linked to."""
        return next(iter(self._table.find("shadow", (connection_id, shadow_id))), None)

    def by_email(self, tenant_id: str, email: str) -> Record | None:
        """The account with that e-mail in the tenant, compared without case."""
        return next(iter(self._table.find("email", (tenant_id, email.casefold()))), None)

    def of_connection(self, connection_id: str) -> list[Record]:
        return list(self._table.find("connection", connection_id))

    def of_tenant(self, tenant_id: str) -> list[Record]:
        return list(self._table.find("tenant", tenant_id))

    def put(self, transaction: Transaction, account: Record) -> None:
        """Stage an account."""
        transaction.put(self._table, account)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._table)
