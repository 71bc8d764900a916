"""Accounts: the users of the application, stored separately from the shadow tables, and the links between the two."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from reference_server.service.tenants import Invalid, Refused
from reference_server.storage.tables import Record, Table, Tables, Transaction
from reference_server.turns import count

PART = 512  # accounts to look at between two checks of the time


@dataclass(frozen=True)
class Account:
    """One account. Times are ISO 8601 in UTC; `connection_id` and `shadow_id` are None for a local account.

    The class has no slots, so that a stored record becomes an account with one copy. A sync does this several times per user.
    """

    id: str
    tenant_id: str
    email: str = ""
    user_name: str = ""
    display_name: str = ""
    status: str = "active"  # or inactive
    access: bool = True  # whether the user can sign in
    roles: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    boards: list[str] = field(default_factory=list)
    protected: bool = False  # never adopted by a provider
    connection_id: str | None = None
    shadow_id: str | None = None  # the linked shadow user
    created_at: str = ""
    updated_at: str = ""
    left_at: str | None = None  # the time at which the provider deactivated or deleted the user
    access_revoked_at: str | None = None
    deactivated_at: str | None = None

    @classmethod
    def from_record(cls, record: Record) -> Account:
        """The account of a stored record, which contains every field."""
        account = object.__new__(cls)
        account.__dict__.update(record)
        return account

    def has_changed_since(self, moment: str) -> bool:
        """Whether the account changed or lost access, or its user left, at or after a time (ISO 8601, UTC)."""
        return any((at or "") >= moment for at in (self.updated_at, self.access_revoked_at, self.left_at))

    def to_record(self) -> Record:
        """The stored form, which the admin API also returns."""
        return dict(self.__dict__)


class Accounts:
    """The accounts table, with look-ups by id, by email address within a tenant (case-insensitive), and by shadow user."""

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

    def get(self, account_id: str) -> Account | None:
        record = self.table.get(account_id)
        return None if record is None else Account.from_record(record)

    def linked(self, connection_id: str, shadow_id: str) -> Account | None:
        """The account that is linked to a shadow user."""
        return self._first("shadow", (connection_id, shadow_id))

    def by_email(self, tenant_id: str, email: str) -> Account | None:
        """The account with this email address in the tenant, compared without case."""
        return self._first("email", (tenant_id, email.casefold()))

    def of_connection(self, connection_id: str) -> list[Account]:
        return _accounts(self.table.find("connection", connection_id))

    def changed_since(self, connection_id: str, moment: str) -> list[Account]:
        """The accounts that changed, lost access, or whose users left at or after a time (ISO 8601, UTC)."""
        records = self.table.find("connection", connection_id)
        found: list[Record] = []
        for start in range(0, len(records), PART):  # most did not change, and an account is made only of the others
            count(PART // 8)
            found += [
                record
                for record in records[start : start + PART]
                if record["updated_at"] >= moment
                or (record["access_revoked_at"] or "") >= moment
                or (record["left_at"] or "") >= moment
            ]
        return _accounts(found)

    def page(self, connection_id: str, start: int, count: int) -> list[Account]:
        """`count` accounts of a connection, starting at index `start`."""
        return [Account.from_record(r) for r in self.table.find("connection", connection_id, start, count)]

    def of_tenant(self, tenant_id: str) -> list[Account]:
        return _accounts(self.table.find("tenant", tenant_id))

    def leavers(self, connection_id: str) -> list[Account]:
        """The accounts whose users the provider deactivated or deleted."""
        return _accounts(self.table.find("left", connection_id))

    def count(self, connection_id: str) -> int:
        return self.table.count("connection", connection_id)

    def active_count(self, connection_id: str) -> int:
        return self.table.count("active", connection_id)

    def new(self, tenant_id: str, now: datetime) -> Account:
        """A new, empty account for `put`."""
        moment = now.isoformat()
        return Account(f"account_{secrets.token_hex(8)}", tenant_id, created_at=moment, updated_at=moment)

    def create_local(
        self, transaction: Transaction, tenant_id: str, email: str, display_name: str, now: datetime, *, protected: bool
    ) -> Account:
        """Stage a local account; raises Invalid for an invalid email address, Refused for one that is in use."""
        if "@" not in email:
            raise Invalid(f'email: expected an email address, got "{email}"')
        if self.by_email(tenant_id, email) is not None:
            raise Refused("email: another account of this tenant already has this address")
        account = replace(
            self.new(tenant_id, now),
            email=email,
            user_name=email,
            display_name=display_name or email,
            protected=protected,
        )
        self.put(transaction, account)
        return account

    def put(self, transaction: Transaction, account: Account) -> None:
        """Stage an account."""
        transaction.put(self.table, account.to_record())

    def _first(self, index: str, value: Hashable) -> Account | None:
        found = self.table.find(index, value)
        return Account.from_record(found[0]) if found else None


def _accounts(records: Iterable[Record]) -> list[Account]:
    found = []
    for record in records:
        count()
        found.append(Account.from_record(record))
    return found
