"""The watch reports each account change once, opens one session for each access, and adds up the syncs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reference_server.embedded import EmbeddedServer
from simulator.run.service_watch import ServiceWatch
from tests.fake_target import Received, fake_target

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REVOKED = "2026-03-02T09:00:00+00:00"
PEOPLE = {"shadow-1": "anna", "shadow-2": "bert"}


def account(number: int, **changed: Any) -> dict[str, Any]:
    made = {
        "id": f"a{number}", "shadow_id": f"shadow-{number}", "status": "active", "access": True,
        "updated_at": "2026-03-02T06:00:00+00:00", "access_revoked_at": None, "deactivated_at": None,
    }  # fmt: skip
    return {**made, **changed}


class Service:
    """The administration and the clock of a server, as far as the watch asks for them."""

    def __init__(self) -> None:
        self.accounts: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.sessions: list[str] = []  # shadow ids that signed in
        self.ended_at: str | None = None
        self.page = 1_000
        self.tokens: set[tuple[str, str]] = set()
        self.refuses = False

    def answer(self, request: Received) -> Any:
        parts = urlsplit(request.path)
        token = next(header for header in request.headers if header.lower().startswith("authorization")).split(" ")[-1]
        self.tokens.add((parts.path.split("/")[1], token))
        if self.refuses:
            return 409, {"error": "the clock runs forward only"}
        if parts.path.endswith("/clock"):
            return 200, {"runs": self.runs}
        if parts.path.endswith("/accounts"):
            query = parse_qs(parts.query)
            start = int(query.get("start", ["0"])[0])
            return 200, {"items": self.accounts[start : start + self.page], "total": len(self.accounts)}
        if request.method == "POST":
            self.sessions.append(request.json["shadow_id"])
            return 201, {"session_id": f"s{len(self.sessions)}"}
        return 200, {"ended_at": self.ended_at}


def watched(service: Service, *steps: Callable[[ServiceWatch], Awaitable[Any]]) -> tuple[list[Any], ServiceWatch]:
    """What each step returns."""

    async def run(origin: str) -> tuple[list[Any], ServiceWatch]:
        server = EmbeddedServer(
            f"{origin}/scim/v2/first", "scim", f"{origin}/admin", "admin-token", f"{origin}/control", "control-token", 0
        )
        async with ServiceWatch(server) as watch:
            return [await step(watch) for step in steps], watch

    with fake_target(service.answer) as target:
        return asyncio.run(run(target.url.removesuffix("/scim")))


def look(watch: ServiceWatch) -> Awaitable[Any]:
    return watch.look_at_accounts(PEOPLE.get)


def move(watch: ServiceWatch) -> Awaitable[Any]:
    return watch.move_clock(AT, PEOPLE.get)


def test_each_account_is_reported_once_and_signs_in_once() -> None:
    service = Service()
    service.accounts = [account(1), account(2)]
    (first, second), _ = watched(service, look, look)
    assert [(event["person"], event["status"], event["access"]) for event in first] == [
        ("anna", "active", True),
        ("bert", "active", True),
    ]
    assert second == []
    assert service.sessions == ["shadow-1", "shadow-2"]
    assert service.tokens == {("admin", "admin-token")}


def test_a_leaver_loses_the_session_and_gets_a_new_one_only_with_new_access() -> None:
    service = Service()
    service.accounts = [account(1)]

    async def leave(watch: ServiceWatch) -> Any:
        service.ended_at = REVOKED
        service.accounts = [
            account(1, status="inactive", access=False, access_revoked_at=REVOKED, deactivated_at=REVOKED)
        ]
        return await look(watch)

    async def come_back(watch: ServiceWatch) -> Any:
        service.accounts = [account(1, updated_at="2026-03-03T06:00:00+00:00")]
        return await look(watch)

    (_, [left], [back]), _ = watched(service, look, leave, come_back)
    assert left == {
        "event": "account", "at": "2026-03-02T06:00:00+00:00", "person": "anna", "status": "inactive", "access": False,
        "access_revoked_at": REVOKED, "deactivated_at": REVOKED, "session_ended_at": REVOKED,
    }  # fmt: skip
    assert (back["access"], back["session_ended_at"]) == (True, REVOKED)
    assert service.sessions == ["shadow-1", "shadow-1"]


def test_every_page_of_accounts_is_read() -> None:
    service = Service()
    service.page = 2
    service.accounts = [account(number) for number in range(5)]
    ([events], _) = watched(service, look)
    assert [event["person"] for event in events] == [None, "anna", "bert", None, None]  # strangers have no person


def test_syncs_are_events_and_add_up() -> None:
    service = Service()
    sync = {"started_at": REVOKED, "trigger": "schedule", "kind": "full", "unchanged": 7, "conflicts": []}
    service.runs = [{**sync, "created": 2}, {**sync, "created": 1, "deactivated": 3, "conflicts": ["a"]}]
    service.accounts = [account(1)]
    (events, again), watch = watched(service, move, move)
    assert [event["event"] for event in events] == ["sync", "sync", "account"]
    assert events[1] == {
        "event": "sync", "at": REVOKED, "trigger": "schedule", "kind": "full", "created": 1, "updated": 0,
        "reactivated": 0, "deactivated": 3, "unchanged": 7, "conflicts": 1,
    }  # fmt: skip
    assert [event["event"] for event in again] == ["sync", "sync"]  # no account has changed since
    assert watch.totals == {
        "runs": 4, "created": 6, "updated": 0, "reactivated": 0, "deactivated": 6, "conflicts": 2,
    }  # fmt: skip
    assert ("control", "control-token") in service.tokens
    assert ("admin", "control-token") not in service.tokens


def test_accounts_are_not_read_when_no_sync_changed_any() -> None:
    service = Service()
    service.runs = [{"started_at": REVOKED, "trigger": "schedule", "kind": "full", "unchanged": 7, "conflicts": []}]
    service.accounts = [account(1)]
    ([events], _) = watched(service, move)
    assert [event["event"] for event in events] == ["sync"]
    assert {place for place, _ in service.tokens} == {"control"}


@pytest.mark.parametrize(("accounts", "found"), [([account(1)], "a1"), ([], None)])
def test_the_account_of_a_user_is_found(accounts: list[dict[str, Any]], found: str | None) -> None:
    service = Service()
    service.accounts = accounts
    ([one], _) = watched(service, lambda watch: watch.account_of("shadow-1"))
    assert (one["id"] if one else None) == found


def test_an_error_of_the_service_is_raised_without_a_token() -> None:
    service = Service()
    service.refuses = True
    with pytest.raises(RuntimeError, match="409: the clock runs forward only") as failed:
        watched(service, move)
    assert "token" not in str(failed.value)
