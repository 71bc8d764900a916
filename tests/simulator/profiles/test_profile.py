"""Other identity providers: their requests as other-idps.md and idp-payloads.md know them, seen on a socket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.profiles.profile import PROFILES, UNKNOWN, load_profile
from simulator.scenario.load import list_scenarios
from tests.fake_target import LIST, FakeTarget, http
from tests.simulator.command_line import run
from tests.simulator.engine import Engine, bodies

OTHERS = list(PROFILES)
PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
OFF_PATHLESS = f'{PATCH}[{{"op":"replace","value":{{"active":false}}}}]}}'
OFF_PATH = f'{PATCH}[{{"op":"replace","path":"active","value":false}}]}}'
LARGE = ("mixed-life", "company-year", "big-reorganisation", "quarter")
NOT_FOR_THEM = {("keycloak", "brownfield"): "the plug-in looks nobody up and fails on 409"}


def anna(engine: Engine) -> str:
    return engine.person("Anna Smith", mail="anna@contoso.com", jobTitle="Clerk")


def verbs(target: FakeTarget) -> list[str]:
    return [
        f"{line.split(' ')[0]} {line.split(' ')[1].partition('?')[0].removeprefix('/scim')}" for line in target.lines()
    ]


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


@pytest.mark.parametrize(
    ("idp", "blocked", "unassigned"),
    [
        ("okta", f"PATCH /Users/u1 {OFF_PATHLESS}", "PATCH"),
        ("okta-wizard", "PUT", "PUT"),
        ("authentik", "PUT", "DELETE"),
        ("cyberark", "PUT", "PUT"),
        ("keycloak", "PUT", "DELETE"),
        ("pingfederate", "PUT", "PUT"),
        ("jumpcloud", f"PATCH /Users/u3 {OFF_PATH}", "PATCH"),
        ("onelogin", f"PATCH /Users/u1 {OFF_PATH}", "PATCH"),
    ],
)
def test_leaver(target: FakeTarget, idp: str, blocked: str, unassigned: str) -> None:
    engine = Engine(target, idp=idp)
    person = anna(engine)
    engine.cycle()
    engine.directory.block(engine.now, person)
    engine.cycle()
    line = bodies(target.writes())[0]
    assert line == blocked if "{" in blocked else line.startswith(blocked)
    assert engine.turn().action == "Disable"
    assert next(iter(target.resources.values()))["active"] is False
    engine.directory.unblock(engine.now, person)
    engine.cycle()
    assert next(iter(target.resources.values()))["active"] is True
    engine.directory.unassign(engine.now, person)
    engine.cycle()
    assert [line.partition(" ")[0] for line in target.writes()] == [unassigned]


@pytest.mark.parametrize("idp", OTHERS)
def test_mover(target: FakeTarget, idp: str) -> None:
    engine = Engine(target, idp=idp)
    person = anna(engine)
    engine.cycle()
    engine.directory.update_user(engine.now, person, jobTitle="Lead")
    engine.cycle()
    line = bodies(target.writes())[0]
    if load_profile(idp).update == "put":
        assert line.startswith("PUT /Users/")
        assert '"title":"Lead"' in line
        assert '"userName":"anna@contoso.com"' in line  # the whole user
    else:
        assert line.endswith(f'{PATCH}[{{"op":"replace","path":"title","value":"Lead"}}]}}')


@pytest.mark.parametrize(
    ("idp", "lines"),
    [
        (
            "okta",  # O6: one request for who left and who joined, then the name again, path-less with the id
            [
                f'PATCH /Groups/g4 {PATCH}[{{"op":"remove","path":"members[value eq \\"u1\\"]"}},'
                '{"op":"add","path":"members","value":[{"value":"u3","display":"cleo@contoso.com"}]}]}',
                "GET /Groups/g4?excludedAttributes=members",
                f'PATCH /Groups/g4 {PATCH}[{{"op":"replace","value":{{"id":"g4","displayName":"Sales"}}}}]}}',
            ],
        ),
        (
            "okta-wizard",
            ['PUT /Groups/g4 {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g4","displayName":"Sales","members":[{"value":"u2"},{"value":"u3"}]}'],
        ),
        (
            "authentik",
            [
                "GET /Groups/g4?excludedAttributes=members",
                f'PATCH /Groups/g4 {PATCH}[{{"op":"add","path":"members","value":[{{"value":"u3"}}]}},'
                '{"op":"remove","path":"members","value":[{"value":"u1"}]}]}',
            ],
        ),
    ],
)  # fmt: skip
def test_membership(target: FakeTarget, idp: str, lines: list[str]) -> None:
    engine = Engine(target, idp=idp)
    people = [engine.person(f"{name} X") for name in ("Anna", "Bert", "Cleo")]
    group = engine.group("Sales", *people[:2])
    engine.cycle()
    engine.directory.remove_member(engine.now, group, people[0])
    engine.directory.add_member(engine.now, group, people[2])
    engine.cycle()
    assert bodies(target.lines()) == lines


def test_keycloak_leaves_the_members_out_when_nobody_is_left(target: FakeTarget) -> None:
    engine = Engine(target, idp="keycloak")
    person = anna(engine)
    group = engine.group("Sales", person)
    engine.cycle()
    engine.directory.remove_member(engine.now, group, person)
    engine.cycle()
    assert [line.partition(" ")[0] for line in target.writes()] == ["PUT"]
    assert "members" not in target.received[-1].json


def test_oktas_push_now_replaces_the_whole_list(target: FakeTarget) -> None:
    """O, observed: `replace members`, also with an empty list."""
    engine = Engine(target, idp="okta")
    engine.group("Sales", anna(engine))
    engine.group("Empty")
    engine.cycle()
    engine.job.restart()
    engine.cycle()
    pushed = [line for line in bodies(target.lines("PATCH")) if '"path":"members"' in line]
    assert pushed == [
        f'PATCH /Groups/g2 {PATCH}[{{"op":"replace","path":"members","value":[{{"value":"u1"}}]}}]}}',
        f'PATCH /Groups/g3 {PATCH}[{{"op":"replace","path":"members","value":[]}}]}}',
    ]


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


@pytest.mark.parametrize(("idp", "calls"), [("authentik", ["PUT", "POST"]), ("okta", ["PUT"])])
def test_user_who_is_gone(target: FakeTarget, idp: str, calls: list[str]) -> None:
    engine = Engine(target, idp=idp)
    person = anna(engine)
    engine.cycle()
    target.resources.clear()
    engine.directory.update_user(engine.now, person, jobTitle="Lead")
    engine.cycle()
    assert [line.partition(" ")[0] for line in target.writes()] == calls


def test_authentik_adopts_after_a_409(target: FakeTarget) -> None:
    target.hold("Users", "old", userName="anna@contoso.com")
    target.rule = lambda r: (409, {"detail": "taken"}) if r.method == "POST" else "well"
    engine = Engine(target, idp="authentik")
    anna(engine)
    engine.cycle()
    assert verbs(target)[1:] == ["POST /Users", "GET /Users", "PUT /Users/old"]


def test_jumpcloud_refuses_ids_that_are_numbers(target: FakeTarget) -> None:
    target.rule = lambda r: (201, {"id": "7"}) if r.method == "POST" and b"anna" in r.body else "well"
    engine = Engine(target, idp="jumpcloud")
    anna(engine)
    engine.cycle()
    assert "is a number" in engine.turn().reason


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


def test_oktas_import_tells_whom_a_paging_fault_would_delete(target: FakeTarget) -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize("idp", OTHERS)
def test_built_in_scenarios_run_with_each(idp: str) -> None:
    """All that are not about Entra alone: a sample of two here, of which one has groups; all of them with `-m full`."""
    for name in ("mover", "friday-evening-leaver"):
        shown = run("simulate", name, "--idp", idp)
        assert shown.returncode == 0, (name, shown.stdout)
        assert "playing" in shown.stdout


@pytest.mark.full
@pytest.mark.parametrize("idp", OTHERS)
def test_every_built_in_scenario_runs_with_each(idp: str) -> None:
    for name, _ in list_scenarios():
        if name in LARGE:
            continue
        shown = run("simulate", name, "--idp", idp)
        expected = 2 if "is about entra alone" in shown.stderr else 1 if (idp, name) in NOT_FOR_THEM else 0
        assert shown.returncode == expected, (name, shown.stdout, shown.stderr)


@pytest.mark.parametrize("idp", [*UNKNOWN, "nonsense"])
def test_unknown_provider_is_refused_with_the_reason(idp: str) -> None:
    shown = run("simulate", "leaver", "--idp", idp)
    assert shown.returncode == 2
    assert UNKNOWN.get(idp, "expected one of entra, okta") in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_what_is_assumed_is_said() -> None:
    assert all(load_profile(idp).assumed for idp in OTHERS if not idp.startswith("okta"))
