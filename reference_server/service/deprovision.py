"""Deprovisioning: `active: false` or DELETE ends sessions and revokes access, with the SCIM write or at the sync.

With `immediate`, the default, both happen in the same commit as the write. When the provider receives the response, the leaver
no longer has access. The sync updates the account later. With `on_sync`, the sync does everything. The write only records
its time, from which the exposure of the leaver is calculated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from reference_server.service.accounts import Account, Accounts
from reference_server.service.audit import Actor, AuditEvent, AuditTrail
from reference_server.service.connections import Connections
from reference_server.service.sessions import Sessions
from reference_server.storage.tables import Transaction


class Deprovisioning:
    """Ends the sessions and the access of leavers; called for every shadow write and by the sync."""

    def __init__(self, connections: Connections, accounts: Accounts, sessions: Sessions, audit: AuditTrail) -> None:
        self._connections = connections
        self._accounts = accounts
        self._sessions = sessions
        self._audit = audit

    def on_shadow_write(self, transaction: Transaction, write: Any) -> None:
        """A hook of the shadow store (ShadowWrite) that acts if a write made an active user inactive."""
        if write.before is None or (write.after is not None and "active" not in write.attributes):
            return  # a new user, or a write that leaves `active` as it is
        if not is_active(write.before):
            if is_active(write.after):
                self._stay(transaction, write)
            return
        if is_active(write.after):
            return
        account = self._accounts.linked(write.connection_id, write.id)
        if account is None or not account.access:
            return
        account = replace(account, left_at=write.at.isoformat())
        if self._connections.get(write.connection_id).settings.deprovisioning == "immediate":
            reason = "the provider deleted the user" if write.after is None else "the provider deactivated the user"
            account = self.without_access(transaction, account, reason, write.at, actor="provider")
        self._accounts.put(transaction, account)

    def _stay(self, transaction: Transaction, write: Any) -> None:
        """Clear the time of leaving if the user returned before the sync revoked anything."""
        account = self._accounts.linked(write.connection_id, write.id)
        if account is not None and account.access and account.left_at:
            self._accounts.put(transaction, replace(account, left_at=None))

    def without_access(
        self, transaction: Transaction, account: Account, reason: str, now: datetime, *, actor: Actor
    ) -> Account:
        """Stage the end of the account's sessions; returns the account without access, for the caller to store."""
        if not account.access:
            return account
        revoked = AuditEvent(
            "access.revoked",
            now,
            actor,
            tenant_id=account.tenant_id,
            connection_id=account.connection_id,
            resource=f"Account/{account.id}",
            detail={"reason": reason},
        )
        self._audit.add(transaction, revoked)
        for session_id in self._sessions.end_all(transaction, account.id, reason, now):
            detail = {"reason": reason, "session": session_id}
            self._audit.add(transaction, revoked._replace(kind="session.ended", detail=detail))
        return replace(account, access=False, access_revoked_at=now.isoformat())


def is_active(resource: dict[str, Any] | None) -> bool:
    """Whether a shadow user exists and is not marked as inactive (RFC 7643 section 4.1.1)."""
    return resource is not None and resource.get("active") is not False
