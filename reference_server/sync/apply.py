"""Carries planned steps out: accounts, sessions, access, audit, all staged in one transaction.

A step that was carried out before a crash is "unchanged" for the next run, so running again finishes the work.
"""

from __future__ import annotations

from datetime import datetime

from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail, changes
from reference_server.service.connections import Connection
from reference_server.service.deprovision import Deprovisioning
from reference_server.storage.tables import Record, Transaction
from reference_server.sync.plan import Step


class Applier:
    """Writes accounts, ends sessions, audits."""

    def __init__(self, accounts: Accounts, deprovisioning: Deprovisioning, audit: AuditTrail) -> None:
        self._accounts = accounts
        self._deprovisioning = deprovisioning
        self._audit = audit

    def carry_out(self, transaction: Transaction, connection: Connection, step: Step, now: datetime) -> None:
        """Stage one step."""
        moment = now.isoformat()
        before = step.account or {}
        if step.account is None:
            account: Record = self._accounts.new(connection.tenant_id, now)
        else:
            # The row as it is now: an immediate deprovisioning may have come since the plan was made.
            account = self._accounts.get(step.account["id"]) or step.account
        if step.kind == "deactivated":
            account = self._deprovisioning.without_access(
                transaction, account, "deactivated at the sync", now, actor="sync"
            )
            account = {**account, "status": "inactive", "deactivated_at": moment, "updated_at": moment}
            account["left_at"] = account["left_at"] or moment
        else:
            if account["shadow_id"] not in (None, step.shadow_id):  # what its old owner had open is not for the new one
                account = self._deprovisioning.without_access(
                    transaction, account, "given to another person of the provider", now, actor="sync"
                )
            account = {
                **account,
                **step.values,
                "connection_id": connection.id,
                "shadow_id": step.shadow_id,
                "access": True,
                "left_at": None,
                "deactivated_at": None,
                "access_revoked_at": None,
                "updated_at": moment,
            }
        self._accounts.put(transaction, account)
        names = tuple(step.values)
        detail = changes(names, before, account) if connection.settings.personal_data else None
        self._audit.add(
            transaction,
            f"account.{step.kind}",
            now,
            actor="sync",
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            resource=f"Account/{account['id']}",
            attributes=names,
            detail={**(detail or {}), "shadow": f"User/{step.shadow_id}"},
        )
