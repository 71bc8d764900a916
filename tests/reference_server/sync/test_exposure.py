"""Leaver exposure: how long leavers keep access, measured and at worst."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reference_server.service.accounts import Account
from reference_server.service.connection_settings import ConnectionSettings
from reference_server.sync.exposure import leavers, longest_possible
from tests.support import MONDAY


def test_leavers_come_longest_first_and_go_on_until_access_ends() -> None:
    def account(id_: str, hours: int, ended: int | None) -> Account:
        revoked = None if ended is None else (MONDAY + timedelta(hours=ended)).isoformat()
        left = (MONDAY + timedelta(hours=hours)).isoformat()
        return Account(id_, "t", display_name=id_, left_at=left, access_revoked_at=revoked)

    people = [account("done", 0, 1), account("open", 1, None), account("at once", 2, 2)]
    found = leavers([*people, replace(people[0], id="stays", left_at=None)], MONDAY + timedelta(hours=4))
    assert [(leaver.account_id, leaver.minutes, leaver.ended_at is None) for leaver in found] == [
        ("open", 180, True),
        ("done", 60, False),
        ("at once", 0, False),
    ]


def test_longest_possible_gap_is_the_weekend() -> None:
    assert longest_possible(ConnectionSettings(), MONDAY) is None
    gap = longest_possible(ConnectionSettings(deprovisioning="on_sync"), MONDAY)
    assert gap is not None
    assert gap.minutes == 59 * 60 + 59
