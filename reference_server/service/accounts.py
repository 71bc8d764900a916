"""Accounts: the service's own people, apart from the shadow tables, and the link that joins the two."""

from __future__ import annotations

import secrets
from datetime import datetime

from reference_server.service.access import GRANTS
from reference_server.service.tenants import Refused
from reference_server.storage.tables import Record, Table, Tables, Transaction

# An account: id, tenant_id, email, user_name, display_name, status (active, inactive), access (may sign in now),
# roles, sites, boards, protected (never adopted), connection_id and shadow_id (the link; None for a local account),
# created_at, updated_at, left_at (the provider said so), access_revoked_at, deactivated_at.


def last_change(account: Record) -> str:
    """When anything of it changed last: its row, its access, or that its person left (ISO 8601, UTC)."""
    moments = (account["updated_at"], account["access_revoked_at"], account["left_at"])
    return max(str(moment) for moment in moments if moment)


class Accounts:
    """The accounts table; found by id, by e-mail within a tenant (without case), by shadow user."""

    def __init__(self, tables: Tables) -> None:
        self.table: Table = tables.table(
            "accounts",
            {
                "email": lambda a: ((a["tenant_id"], a["email"].casefold()),) if a["email"] else (),
                "shadow": lambda a: ((a["connection_id"], a["shadow_id"]),) if a["shadow_id"] else (),
                "connection": lambda a: (a["connection_id"],) if a["connection_id"] else (),
                "active": lambda a: (a["connection_id"],) if a["connection_id"] and a["status"] == "active" else (),
                "left": lambda a: (a["connection_id"],) if a["connection_id"] and a["left_at"] else (),
                "tenant": lambda a: (a["tenant_id"],),
            },
        )

    def get(self, account_id: str) -> Record | None:
        return self.table.get(account_id)

    def linked(self, connection_id: str, shadow_id: str) -> Record | None:
        """The account that a shadow user is linked to."""
        return next(iter(self.table.find("shadow", (connection_id, shadow_id))), None)

    def by_email(self, tenant_id: str, email: str) -> Record | None:
        """The account with that e-mail in the tenant, compared without case."""
        return next(iter(self.table.find("email", (tenant_id, email.casefold()))), None)

    def of_connection(self, connection_id: str) -> list[Record]:
        return list(self.table.find("connection", connection_id))

    def of_tenant(self, tenant_id: str) -> list[Record]:
        return list(self.table.find("tenant", tenant_id))

    def leavers(self, connection_id: str) -> list[Record]:
        """The accounts whose person the provider has taken away."""
        return list(self.table.find("left", connection_id))

    def active_count(self, connection_id: str) -> int:
        return self.table.count("active", connection_id)

    def new(self, tenant_id: str, now: datetime) -> Record:
        """An account with nothing in it yet, for `put`."""
        return {
            "id": f"account_{secrets.token_hex(8)}",
            "tenant_id": tenant_id,
            "email": "",
            "user_name": "",
            "display_name": "",
            "status": "active",
            "access": True,
            **{name: [] for name in GRANTS},
            "protected": False,
            "connection_id": None,
            "shadow_id": None,
            "created_at": now.isoformat(),
            "updated_at": now.isoformat(),
            "left_at": None,
            "access_revoked_at": None,
            "deactivated_at": None,
        }

    def create_local(
        self, transaction: Transaction, tenant_id: str, email: str, display_name: str, now: datetime, *, protected: bool
    ) -> Record:
        """Stage an account that the service made itself; raises Refused when the e-mail is taken or none."""
        if "@" not in email:
            raise Refused(f'email: expected an address, got "{email}"')
        if self.by_email(tenant_id, email) is not None:
            raise Refused("email: an account of this tenant has it already")
        values = {"email": email, "user_name": email, "display_name": display_name or email, "protected": protected}
        account: Record = {**self.new(tenant_id, now), **values}
        self.put(transaction, account)
        return account

    def put(self, transaction: Transaction, account: Record) -> None:
        """Stage an account."""
        transaction.put(self.table, account)
