"""Finds the accounts that changed since a time: all accounts are looked at, or those that recent audit events are about."""

from __future__ import annotations

from reference_server.service.accounts import Account, Accounts
from reference_server.service.audit import AuditTrail
from reference_server.turns import count

MOST_EVENTS = 200  # more events take longer to read than the accounts of a small company


def changed_since(
    accounts: Accounts, audit: AuditTrail, connection_id: str, moment: str, after_event: str | None = None
) -> list[Account]:
    """The accounts of a connection that changed at or after a time (ISO 8601, UTC), in the order of their creation.

    Every change of an account is audited. With the id of an audit event from before that time, only the accounts are looked
    at that later events are about, so the cost depends on the number of these events and not on that of the accounts.
    """
    events = audit.after(after_event, MOST_EVENTS + 1) if after_event else []
    if not after_event or len(events) > MOST_EVENTS:
        return accounts.changed_since(connection_id, moment)
    found: dict[str, Account] = {}
    for event in events:
        count(5)
        kind, _, id_ = (event["resource"] or "").partition("/")
        account = None
        if kind == "Account":
            account = accounts.get(id_)
        elif kind == "User":
            account = accounts.linked(connection_id, id_)
        if account is not None and account.connection_id == connection_id and account.has_changed_since(moment):
            found[account.id] = account
    return sorted(found.values(), key=lambda account: accounts.table.position(account.id))
