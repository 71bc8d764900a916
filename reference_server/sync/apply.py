"""Carries out planned steps: stages accounts, sessions, access, and audit events in one transaction.

A step that was carried out before a crash is "unchanged" in the next run, so the next run finishes the work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from reference_server.service.accounts import Account, Accounts
from reference_server.service.audit import AuditEvent, AuditTrail, changes
from reference_server.service.connections import Connection
from reference_server.service.deprovision import Deprovisioning
from reference_server.storage.tables import Transaction
from reference_server.sync.plan import Step


class Applier:
    """Stages the changes of accounts, sessions, and the audit trail."""

    def __init__(self, accounts: Accounts, deprovisioning: Deprovisioning, audit: AuditTrail) -> None:
        self._accounts = accounts
        self._deprovisioning = deprovisioning
        self._audit = audit

    def carry_out(self, transaction: Transaction, connection: Connection, step: Step, now: datetime) -> None:
        """Stage one step."""
        if step.account is None:
            account = self._accounts.new(connection.tenant_id, now)
        else:
            # Read the current row, because an immediate deprovisioning may have changed it since the plan was made.
            account = self._accounts.get(step.account.id) or step.account
        if step.kind == "deactivated":
            account = self._deactivated(transaction, account, now)
        else:
            account = self._given(transaction, connection, step, account, now)
        self._accounts.put(transaction, account)
        self._audit.add(transaction, _event(connection, step, account, now))

    def _deactivated(self, transaction: Transaction, account: Account, now: datetime) -> Account:
        """Stage the account of a leaver and the end of its sessions."""
        moment = now.isoformat()
        ended = self._deprovisioning.without_access(
            transaction, account, "the sync deactivated the account", now, actor="sync"
        )
        left_at = ended.left_at or moment
        return replace(ended, status="inactive", deactivated_at=moment, updated_at=moment, left_at=left_at)

    def _given(
        self, transaction: Transaction, connection: Connection, step: Step, account: Account, now: datetime
    ) -> Account:
        """Stage the account of a user with access, with the values of the step."""
        # The sessions of the previous owner must not pass to the new one.
        if account.shadow_id not in (None, step.shadow_id):
            account = self._deprovisioning.without_access(
                transaction, account, "the account was assigned to another user of the provider", now, actor="sync"
            )
        given = {
            **account.to_record(),
            **step.values,
            "connection_id": connection.id,
            "shadow_id": step.shadow_id,
            "access": True,
            "left_at": None,
            "deactivated_at": None,
            "access_revoked_at": None,
            "updated_at": now.isoformat(),
        }
        return Account.from_record(given)


def _event(connection: Connection, step: Step, account: Account, now: datetime) -> AuditEvent:
    names = tuple(step.values)
    detail: dict[str, Any] | None = None
    if connection.settings.personal_data:
        before = step.account.to_record() if step.account else {}
        detail = changes(names, before, account.to_record())
    return AuditEvent(
        f"account.{step.kind}",
        now,
        "sync",
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        resource=f"Account/{account.id}",
        attributes=names,
        detail={**(detail or {}), "shadow": f"User/{step.shadow_id}"},
    )
