"""Tenants. Their plan and SSO determine whether they can have SCIM connections."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from reference_server.storage.tables import Record, Tables, Transaction

PLANS = ("free", "team", "enterprise")
SCIM_PLAN = "enterprise"


class Refused(Exception):
    """The rules of the application do not allow the action; the message states what is missing."""


class Invalid(Exception):
    """A value that the application does not accept; the message names it and states what was expected."""


class Unknown(Exception):
    """The object does not exist; the message names it."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the application."""

    id: str
    name: str
    plan: str
    sso_configured: bool
    created_at: str


class Tenants:
    """The tenants table."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.table("tenants")

    def create(self, transaction: Transaction, name: str, *, plan: str, sso_configured: bool, now: datetime) -> Tenant:
        """Stage a tenant; raises Invalid for an unknown plan or an empty name."""
        record: Record = {
            "id": f"tenant_{secrets.token_hex(8)}",
            "name": name,
            "plan": plan,
            "sso_configured": sso_configured,
            "created_at": now.isoformat(),
        }
        return self._store(transaction, record)

    def change(
        self, transaction: Transaction, tenant_id: str, *, plan: str, sso_configured: bool, connections: int
    ) -> Tenant:
        """Stage a change of plan or SSO. Raises Unknown, Invalid, or Refused if the SCIM connections require the old value."""
        held = asdict(self.get(tenant_id))
        tenant = Tenant(**{**held, "plan": plan, "sso_configured": sso_configured})
        _check(tenant)
        if connections:
            missing = what_is_missing(tenant)
            if missing:
                raise Refused(
                    f"a SCIM connection requires {missing}; first delete the SCIM connections of the tenant ({connections})"
                )
        return self._store(transaction, asdict(tenant))

    def get(self, tenant_id: str) -> Tenant:
        """The tenant; raises Unknown."""
        record = self._table.get(tenant_id)
        if record is None:
            raise Unknown(f"tenant {tenant_id} does not exist")
        return Tenant(**record)

    def all(self) -> list[Tenant]:
        return [Tenant(**record) for record in self._table]

    def check_may_connect(self, tenant: Tenant) -> None:
        """Raise Refused, with what is missing, if the tenant cannot have a SCIM connection."""
        missing = what_is_missing(tenant)
        if missing:
            raise Refused(f"a SCIM connection requires {missing}")

    def _store(self, transaction: Transaction, record: Record) -> Tenant:
        tenant = Tenant(**record)
        _check(tenant)
        transaction.put(self._table, record)
        return tenant


def _check(tenant: Tenant) -> None:
    if tenant.plan not in PLANS:
        raise Invalid(f'plan: expected one of {", ".join(PLANS)}; got "{tenant.plan}"')
    if not tenant.name.strip():
        raise Invalid("name: expected a string that is not empty")


def what_is_missing(tenant: Tenant) -> str:
    """A description of what a tenant lacks for a SCIM connection; empty if it can have one."""
    missing = [f"the {SCIM_PLAN} plan (this tenant has the {tenant.plan} plan)"] if tenant.plan != SCIM_PLAN else []
    if not tenant.sso_configured:
        missing.append("configured SSO")
    return " and ".join(missing)
