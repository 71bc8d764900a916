"""Carries a plan out in small commits, so that SCIM requests keep flowing and a crash leaves whole steps only.

A step that was carried out before a crash is "unchanged" for the next run, so running again finishes the work.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime

from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail
from reference_server.service.connections import Connection
from reference_server.service.deprovision import Deprovisioning
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.sync.plan import KINDS, Plan, Step

CHUNK = 100  # steps per commit: a few milliseconds


class Applier:
    """Writes accounts, ends sessions, audits; the last commit also takes what `finish` stages (watermark, record)."""

    def __init__(self, tables: Tables, accounts: Accounts, deprovisioning: Deprovisioning, audit: AuditTrail) -> None:
        self._tables = tables
        self._accounts = accounts
        self._deprovisioning = deprovisioning
        self._audit = audit

    async def apply(
        self,
        connection: Connection,
        plan: Plan,
        now: datetime,
        finish: Callable[[Transaction, dict[str, int]], None],
    ) -> dict[str, int]:
        """Returns how many steps of each kind; every commit is on the disk when it returns."""
        counts = dict.fromkeys(KINDS, 0)
        for start in range(0, len(plan.steps), CHUNK):
            transaction = self._tables.transaction()
            for step in plan.steps[start : start + CHUNK]:
                self._carry_out(transaction, connection, step, now)
                counts[step.kind] += 1
            if start + CHUNK < len(plan.steps):
                transaction.commit()
                await asyncio.sleep(0)
            else:
                finish(transaction, counts)
                await transaction.commit()
        if not plan.steps:
            transaction = self._tables.transaction()
            finish(transaction, counts)
            await transaction.commit()
        return counts

    def _carry_out(self, transaction: Transaction, connection: Connection, step: Step, now: datetime) -> None:
        moment = now.isoformat()
        if step.account is None:
            account: Record = {
                "id": f"account_{secrets.token_hex(8)}",
                "tenant_id": connection.tenant_id,
                "created_at": moment,
                "deactivated_at": None,
                "access_revoked_at": None,
            }
        else:
            # The row as it is now: an immediate deprovisioning may have come since the plan was made.
            account = self._accounts.get(step.account["id"]) or step.account
        if step.kind == "deactivated":
            account = self._deprovisioning.without_access(transaction, account, "deactivated at the sync", now)
            account = {**account, "status": "inactive", "deactivated_at": moment, "updated_at": moment}
        else:
            account = {
                **account,
                **step.values,
                "connection_id": connection.id,
                "shadow_id": step.shadow_id,
                "access": True,
                "deactivated_at": None,
                "access_revoked_at": None,
                "updated_at": moment,
            }
        self._accounts.put(transaction, account)
        self._audit.add(
            transaction,
            f"account.{step.kind}",
            now,
            actor="sync",
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            resource=f"Account/{account['id']}",
            attributes=tuple(step.values),
        )
