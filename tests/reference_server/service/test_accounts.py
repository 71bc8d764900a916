"""Accounts as records: their stored form, and how they are found."""

from __future__ import annotations

import pytest

from reference_server.service.accounts import Account
from reference_server.service.tenants import Invalid, Refused
from tests.in_process import House
from tests.support import MONDAY

ADA = Account(
    id="account_1",
    tenant_id="tenant_1",
    email="Ada@x.com",
    roles=["reader"],
    connection_id="c",
    shadow_id="s",
    created_at="2026-03-02T05:00:00+00:00",
    updated_at="2026-03-02T06:00:00+00:00",
)
STORED = ["id", "tenant_id", "email", "user_name", "display_name", "status", "access", "roles", "sites", "boards"]
STORED += [
    "protected",
    "connection_id",
    "shadow_id",
    "created_at",
    "updated_at",
    "left_at",
    "access_revoked_at",
    "deactivated_at",
]


def test_stored_form_is_complete_and_in_order() -> None:
    assert list(ADA.to_record()) == STORED
    assert Account.from_record(ADA.to_record()) == ADA


@pytest.mark.parametrize("name", ["updated_at", "access_revoked_at", "left_at"])
def test_an_account_has_changed_since_the_latest_of_its_moments(at: House, name: str) -> None:
    later = "2026-03-03T05:00:00+00:00"
    accounts = at.service.accounts
    transaction = at.service.tables.transaction()
    accounts.put(transaction, ADA)
    accounts.put(transaction, Account.from_record({**ADA.to_record(), "id": "account_2", name: later}))
    transaction.commit()
    assert [one.id for one in accounts.changed_since("c", ADA.updated_at)] == ["account_1", "account_2"]
    assert [one.id for one in accounts.changed_since("c", later)] == ["account_2"]
    assert accounts.changed_since("c", "2026-03-03T05:00:01+00:00") == []
    assert accounts.changed_since("other", ADA.updated_at) == []


def test_accounts_are_found_by_id_email_and_link(at: House) -> None:
    accounts, tables = at.service.accounts, at.service.tables
    transaction = tables.transaction()
    accounts.put(transaction, ADA)
    transaction.commit()
    assert accounts.get("account_1") == accounts.by_email("tenant_1", "ADA@X.COM") == accounts.linked("c", "s") == ADA
    assert accounts.of_connection("c") == accounts.page("c", 0, 5) == accounts.of_tenant("tenant_1") == [ADA]
    assert (accounts.count("c"), accounts.active_count("c"), accounts.leavers("c")) == (1, 1, [])
    assert accounts.by_email("tenant_2", "ada@x.com") is None


@pytest.mark.parametrize(
    ("email", "error", "words"),
    [("nonsense", Invalid, "expected an email address"), ("ADA@x.com", Refused, "already has this address")],
)
def test_local_account_needs_an_address_of_its_own(at: House, email: str, error: type[Exception], words: str) -> None:
    accounts, transaction = at.service.accounts, at.service.tables.transaction()
    accounts.put(transaction, ADA)
    transaction.commit()
    with pytest.raises(error, match=words):
        accounts.create_local(transaction, "tenant_1", email, "", MONDAY, protected=False)
