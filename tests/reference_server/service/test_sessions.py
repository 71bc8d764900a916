"""Sessions: opened for accounts with access, and invalid as soon as they end or access ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reference_server.service.tenants import Refused, Unknown
from tests.in_process import House
from tests.support import MONDAY


def test_session_is_valid_until_it_ends_or_access_does(at: House) -> None:
    service, transaction = at.service, at.service.tables.transaction()
    account = service.accounts.new("tenant_1", MONDAY)
    service.accounts.put(transaction, account)
    one = service.sessions.open(transaction, account, MONDAY)
    other = service.sessions.open(transaction, account, MONDAY)
    transaction.commit()
    service.sessions.end(transaction, one["id"], "signed out", MONDAY)
    transaction.commit()
    assert [service.sessions.check(held["id"])["valid"] for held in (one, other)] == [False, True]
    service.accounts.put(transaction, replace(account, access=False))
    transaction.commit()
    assert service.sessions.check(other["id"])["valid"] is False
    assert service.sessions.end_all(transaction, account.id, "left", MONDAY) == [other["id"]]
    transaction.commit()
    assert [held["reason"] for held in service.sessions.of_account(account.id)] == ["signed out", "left"]


def test_no_session_without_access_and_none_by_an_unknown_id(at: House) -> None:
    account = replace(at.service.accounts.new("tenant_1", MONDAY), access=False)
    with pytest.raises(Refused, match="no access"):
        at.service.sessions.open(at.service.tables.transaction(), account, MONDAY)
    with pytest.raises(Unknown, match="the session does not exist"):
        at.service.sessions.check("nonsense")
