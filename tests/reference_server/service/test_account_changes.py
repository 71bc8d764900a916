"""The accounts that changed since a time are the same whether all of them or only those of recent events are looked at."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.service import account_changes
from reference_server.service.account_changes import changed_since
from reference_server.service.accounts import Account
from reference_server.service.audit import AuditEvent
from tests.in_process import House
from tests.support import MONDAY

EARLY, LATE = "2026-03-02T05:00:00+00:00", "2026-03-03T05:00:00+00:00"


def write(at: House, *accounts: Account, about: str = "", **moments: Any) -> str:
    """Store accounts with an event about each, and return the id of the newest event."""
    transaction = at.service.tables.transaction()
    for account in accounts:
        at.service.accounts.put(transaction, Account.from_record({**account.to_record(), **moments}))
        event = AuditEvent("account.updated", MONDAY, "sync", resource=about or f"Account/{account.id}")
        at.service.audit.add(transaction, event)
    transaction.commit()
    return at.service.audit.newest_id


def account(number: int, connection: str = "c") -> Account:
    return Account(
        f"account_{number}", "t", f"{number}@x.com", connection_id=connection, shadow_id=f"s{number}", updated_at=EARLY
    )


def ids(at: House, after: str | None, moment: str = LATE) -> list[str]:
    return [one.id for one in changed_since(at.service.accounts, at.service.audit, "c", moment, after)]


@pytest.mark.parametrize("moment", ["updated_at", "access_revoked_at", "left_at"])
def test_the_events_lead_to_the_accounts_in_the_order_of_their_creation(at: House, moment: str) -> None:
    first = write(at, account(1), account(2), account(3), account(4, "other"))
    write(at, account(3), **{moment: LATE})
    write(at, account(1), about="User/s1", **{moment: LATE})
    write(at, account(4, "other"), **{moment: LATE})
    assert ids(at, first) == ids(at, None) == ["account_1", "account_3"]
    assert ids(at, at.service.audit.newest_id) == []


def test_an_account_that_an_event_is_about_counts_only_if_it_changed_since(at: House) -> None:
    first = write(at, account(1))
    write(at, account(1))
    assert ids(at, first) == []
    assert ids(at, first, EARLY) == ["account_1"]


@pytest.mark.parametrize("after", ["000000000001", "unknown", ""])
def test_after_many_events_all_accounts_are_looked_at(at: House, monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    monkeypatch.setattr(account_changes, "MOST_EVENTS", 2)
    write(at, account(1), account(2), updated_at=LATE)
    write(at, account(3), account(4), updated_at=LATE)
    assert ids(at, after) == ids(at, None) == [f"account_{number}" for number in range(1, 5)]
