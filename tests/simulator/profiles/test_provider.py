"""Each provider connects, waits, and imports in its own way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fake_target import LIST, FakeTarget, http
from tests.simulator.engine import Engine
from tests.simulator.profiles.joiner import anna, verbs


@pytest.mark.parametrize(
    ("idp", "first", "create"),
    [
        ("okta", ["GET /Users"], ["GET /Users", "POST /Users"]),
        ("okta-wizard", ["GET /Users"], ["GET /Users", "POST /Users"]),
        ("authentik", ["GET /ServiceProviderConfig"], ["POST /Users"]),  # no look-up before a create
        (
            "cyberark",
            [
                "GET /ServiceProviderConfig", "GET /ResourceTypes/User", "GET /ResourceTypes/Group",
                "GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
                "GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:Group", "GET /Users",
            ],
            ["GET /Users", "POST /Users"],
        ),
        ("keycloak", [], ["POST /Users"]),
        ("pingfederate", [], ["GET /Users", "POST /Users"]),
        ("jumpcloud", ["POST /Users", "DELETE /Users/u1", "POST /Groups", "DELETE /Groups/g2"], ["GET /Users", "POST /Users"]),
        ("onelogin", ["GET /ServiceProviderConfig"], ["GET /Users", "POST /Users"]),
    ],
)  # fmt: skip
def test_connection_and_joiner(target: FakeTarget, idp: str, first: list[str], create: list[str]) -> None:
    engine = Engine(target, idp=idp)
    anna(engine)
    engine.cycle()
    assert verbs(target) == first + create
    engine.cycle()
    assert target.lines() == []  # nothing changed, nothing is sent


def test_oktas_head_and_create(target: FakeTarget) -> None:
    """O1, O2, O7."""
    engine = Engine(target, idp="okta")
    anna(engine)
    engine.cycle()
    lookup, create = target.received[1:]
    assert lookup.path == "/scim/Users?filter=userName+eq+%22anna%40contoso.com%22&startIndex=1&count=100"
    assert {"User-Agent: Okta SCIM Client 1.0.0", "Accept-Charset: utf-8"} <= set(create.headers)
    assert "Content-Type: application/scim+json; charset=utf-8" in create.headers
    assert create.json["groups"] == []
    assert len(create.json["password"]) == 16


def test_onelogins_stray_ampersand(target: FakeTarget) -> None:
    engine = Engine(target, idp="onelogin")
    anna(engine)
    engine.cycle()
    assert target.received[1].path == "/scim/Users?filter=userName+eq+%22anna%40contoso.com%22&"
    assert "Content-Type: application/json" in target.received[2].headers


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("120", [120, 120, 120]), (None, [300, 600, 1200]), ("Wed, 21 Oct 2026 07:28:00 GMT", [300, 600, 1200])],
)
def test_okta_obeys_a_429_in_seconds_and_doubles_otherwise(
    target: FakeTarget, retry_after: str | None, seconds: list[int]
) -> None:
    """D, 2026: whole seconds are obeyed; missing or a date: five minutes, doubled each time; ten tries at most."""
    headers = {"retry_after": retry_after} if retry_after else {}
    target.rule = lambda r: http(429, None, **headers) if r.method == "POST" else "well"
    engine = Engine(target, idp="okta")
    anna(engine)
    waits = []
    for _ in seconds:
        engine.cycle(timedelta(hours=1))
        waits.append(engine.job.provider.next_cycle_at(engine.now) - engine.now)
    assert waits == [timedelta(seconds=wait) for wait in seconds]
    for _ in range(8):
        engine.cycle(timedelta(hours=12))
    engine.cycle(timedelta(hours=12))
    assert target.lines("POST") == []


def test_oktas_400_is_permanent_until_something_changes(target: FakeTarget) -> None:
    target.rule = lambda r: (400, {}) if r.method == "POST" else "well"
    engine = Engine(target, idp="okta")
    person = anna(engine)
    engine.cycle()
    engine.cycle()
    assert target.lines("POST") == []
    engine.directory.update_user(engine.now, person, jobTitle="Lead")
    engine.cycle()
    assert len(target.lines("POST")) == 1


def test_oktas_import_reports_users_that_a_paging_fault_would_delete(target: FakeTarget) -> None:
    engine = Engine(target, idp="okta")
    anna(engine)
    engine.cycle()
    engine.cycle(timedelta(days=1))
    assert [turn.status for turn in engine.turns] == ["Skipped"]
    target.rule = lambda r: (
        (200, {"schemas": [LIST], "totalResults": 0, "Resources": []}) if "count=100" in r.path else "well"
    )
    engine.cycle(timedelta(days=1))
    assert engine.turns[0].error_code == "ImportMissing"
