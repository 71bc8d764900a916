"""Tenants: plan and SSO decide who may have a SCIM connection."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from reference_server.storage.tables import Record, Tables

PLANS = ("free", "team", "enterprise")
SCIM_PLAN = "enterprise"


class Refused(Exception):
    """The service's rules do not allow it; the message says what is missing."""


class Unknown(Exception):
    """No such thing; the message names it."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the service."""

    id: str
    name: str
    plan: str
    sso_configured: bool
    created_at: str


class Tenants:
    """The tenants table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._table = tables.table("tenants")

    def create(self, name: str, *, plan: str, sso_configured: bool, now: datetime) -> Tenant:
        """Add a tenant; raises Refused for an unknown plan."""
        if plan not in PLANS:
            raise Refused(f'plan: expected one of {", ".join(PLANS)}; got "{plan}"')
        record: Record = {
            "id": f"tenant_{secrets.token_hex(8)}",
            "name": name,
            "plan": plan,
            "sso_configured": sso_configured,
            "created_at": now.isoformat(),
        }
        transaction = self._tables.transaction()
        transaction.put(self._table, record)
        transaction.commit()
        return Tenant(**record)

    def get(self, tenant_id: str) -> Tenant:
        """The tenant; raises Unknown."""
        record = self._table.get(tenant_id)
        if record is None:
            raise Unknown(f"no tenant {tenant_id}")
        return Tenant(**record)

    def all(self) -> list[Tenant]:
        return [Tenant(**record) for record in self._table]

    def check_may_connect(self, tenant: Tenant) -> None:
        """Refuse a SCIM connection without the plan or SSO, naming what is missing."""
        missing = [f"the {SCIM_PLAN} plan (this tenant has {tenant.plan})"] if tenant.plan != SCIM_PLAN else []
        if not tenant.sso_configured:
            missing.append("SSO to be configured")
        if missing:
            raise Refused(f"a SCIM connection needs {' and '.join(missing)}")
