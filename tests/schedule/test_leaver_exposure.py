"""How long a leaver keeps access, to the minute, in both modes, on a real server and virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import Scim

FRIDAY_EVENING = datetime(2026, 3, 6, 18, 1, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)


def signed_in(scim: Scim) -> tuple[dict[str, Any], str]:
    """Anna with an account and an open session on Monday morning."""
    anna = scim.user(userName="anna@example.com", active=True)
    scim.clock(datetime(2026, 3, 2, 6, 0, tzinfo=UTC))
    return anna, scim.admin("POST", "/connections/{connection}/sessions", {"shadow_id": anna["id"]}).json["session_id"]


def is_valid(scim: Scim, session: str) -> bool:
    valid: bool = scim.admin("GET", f"/sessions/{session}").json["valid"]
    return valid


def deactivate(scim: Scim, anna: dict[str, Any]) -> None:
    reply = scim.patch(f"/Users/{anna['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert reply.json["active"] is False


def test_leaver_of_friday_evening_is_out_at_once_when_deprovisioning_is_immediate(monday: Scim) -> None:
    anna, session = signed_in(monday)
    monday.clock(FRIDAY_EVENING)
    assert is_valid(monday, session)
    deactivate(monday, anna)
    assert not is_valid(monday, session)
    account = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]
    assert (account["status"], account["access"]) == ("active", False), "the row follows at the sync"
    monday.clock(MONDAY_MORNING)
    account = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]
    assert (account["status"], account["deactivated_at"]) == ("inactive", MONDAY_MORNING.isoformat())


def test_leaver_of_friday_evening_keeps_access_until_monday_when_deprovisioning_waits_for_sync(monday: Scim) -> None:
    monday.admin("PATCH", "/connections/{connection}", {"deprovisioning": "on_sync"})
    anna, session = signed_in(monday)
    monday.clock(FRIDAY_EVENING)
    deactivate(monday, anna)
    monday.clock(MONDAY_MORNING - timedelta(minutes=1))
    assert is_valid(monday, session)
    monday.clock(MONDAY_MORNING)
    assert not is_valid(monday, session)
    account = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]
    revoked = datetime.fromisoformat(account["access_revoked_at"])
    assert revoked - FRIDAY_EVENING == timedelta(hours=59, minutes=59)


@pytest.mark.parametrize(
    ("left", "out"), [("06:01", "06:15"), ("09:59", "10:00"), ("17:46", "18:00"), ("12:00", "12:15")], ids=str
)
def test_leaver_within_the_window_waits_for_the_next_quarter(monday: Scim, left: str, out: str) -> None:
    monday.admin("PATCH", "/connections/{connection}", {"deprovisioning": "on_sync"})
    anna, _ = signed_in(monday)
    day = datetime(2026, 3, 3, tzinfo=UTC)
    monday.clock(day + timedelta(hours=int(left[:2]), minutes=int(left[3:])))
    deactivate(monday, anna)
    monday.clock(day + timedelta(hours=20))
    account = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]
    assert account["deactivated_at"] == (day + timedelta(hours=int(out[:2]), minutes=int(out[3:]))).isoformat()


def test_rejoiner_gets_the_old_account_back_and_not_the_old_session(monday: Scim) -> None:
    anna, session = signed_in(monday)
    before = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]["id"]
    deactivate(monday, anna)
    monday.admin("POST", "/connections/{connection}/sync")
    monday.patch(f"/Users/{anna['id']}", {"op": "Replace", "path": "active", "value": "True"})
    run = monday.admin("POST", "/connections/{connection}/sync").json
    assert run["reactivated"] == 1
    account = monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]
    assert (account["id"], account["status"], account["access"]) == (before, "active", True)
    assert not is_valid(monday, session)


def test_deleted_user_who_comes_back_under_a_new_id_gets_the_old_account(monday: Scim) -> None:
    anna, session = signed_in(monday)
    monday.request("DELETE", f"/Users/{anna['id']}")
    assert not is_valid(monday, session)
    monday.admin("POST", "/connections/{connection}/sync")
    assert monday.admin("GET", "/connections/{connection}/orphans").json["total"] == 1
    again = monday.user(userName="anna@example.com")
    monday.admin("POST", "/connections/{connection}/sync")
    accounts = monday.admin("GET", "/connections/{connection}/accounts").json
    assert (accounts["total"], accounts["items"][0]["shadow_id"]) == (1, again["id"])
    assert accounts["items"][0]["status"] == "active"
