"""Runs of the sync on a real server: on the hour, by hand, with conflicts, and over a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support import MONDAY, Scim


def test_sync_makes_accounts_on_the_hour_and_writes_nothing_when_nothing_changed(monday: Scim) -> None:
    monday.user(userName="anna@example.com", displayName="Anna")
    assert monday.admin("GET", "/connections/{connection}/accounts").json["total"] == 0
    runs = monday.clock(MONDAY + timedelta(hours=1))
    assert [(run["kind"], run["created"]) for run in runs] == [("full", 1)]
    assert monday.clock(MONDAY + timedelta(days=20)) == []
    assert len(monday.admin("GET", "/connections/{connection}/runs").json["items"]) == 1


def test_manual_sync_works_on_a_weekend(monday: Scim) -> None:
    monday.clock(datetime(2026, 3, 7, 12, 0, tzinfo=UTC))
    monday.user(userName="anna@example.com")
    run = monday.admin("POST", "/connections/{connection}/sync").json
    assert (run["trigger"], run["created"]) == ("manual", 1)


def test_conflict_is_recorded_and_nothing_is_overwritten(monday: Scim) -> None:
    mail = [{"value": "same@example.com", "type": "work"}]
    one, other = monday.user(emails=mail), monday.user(emails=mail)
    run = monday.admin("POST", "/connections/{connection}/sync").json
    assert run["conflicts"] == [{"shadow_id": other["id"], "claimed_by": one["id"], "email": "same@example.com"}]
    assert monday.admin("GET", "/connections/{connection}/accounts").json["total"] == 1
