"""Each provider creates, updates, disables, and deletes users with its own requests."""

from __future__ import annotations

import pytest

from simulator.profiles.profile import PROFILES, load_profile
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies
from tests.simulator.profiles.joiner import PATCH, anna, verbs

OFF_PATHLESS = f'{PATCH}[{{"op":"replace","value":{{"active":false}}}}]}}'
OFF_PATH = f'{PATCH}[{{"op":"replace","path":"active","value":false}}]}}'


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


@pytest.mark.parametrize("idp", PROFILES)
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


@pytest.mark.parametrize(("idp", "calls"), [("authentik", ["PUT", "POST"]), ("okta", ["PUT"])])
def test_a_user_that_the_target_lost(target: FakeTarget, idp: str, calls: list[str]) -> None:
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


def test_jumpcloud_rejects_ids_that_are_numbers(target: FakeTarget) -> None:
    target.rule = lambda r: (201, {"id": "7"}) if r.method == "POST" and b"anna" in r.body else "well"
    engine = Engine(target, idp="jumpcloud")
    anna(engine)
    engine.cycle()
    assert "does not support the numeric id" in engine.turn().reason
