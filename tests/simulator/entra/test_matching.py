"""A match that does not match what was asked for (docs/notes/entra.md 2.4, 6.1)."""

from __future__ import annotations

import pytest

from tests.fake_target import LIST, FakeTarget
from tests.simulator.engine import Engine, bodies


@pytest.mark.parametrize(("knob", "status"), [("trust", "Warning"), ("refuse", "Failure")])
def test_match_that_does_not_match(target: FakeTarget, knob: str, status: str) -> None:
    """A target that ignores filters returns another user; Entra is not known to check this."""
    stranger = {"id": "s", "userName": "stranger@x"}
    target.hold("Users", "s", **stranger)
    target.rule = lambda request: (
        (200, {"schemas": [LIST], "totalResults": 1, "Resources": [stranger]}) if "anna" in request.path else "well"
    )
    engine = Engine(target, wrong_match=knob)
    engine.person("Anna Smith")
    engine.cycle()
    assert engine.turn().status == status
    assert ("PATCH /Users/s" in " ".join(bodies(target.writes()))) is (knob == "trust")
    assert "stranger@x" in engine.turn().reason


@pytest.mark.parametrize(("knob", "status"), [("trust", "Warning"), ("refuse", "Failure")])
def test_group_that_does_not_match(target: FakeTarget, knob: str, status: str) -> None:
    stranger = target.hold("Groups", "s", displayName="Strangers")
    target.rule = lambda request: (
        (200, {"schemas": [LIST], "totalResults": 1, "Resources": [stranger]}) if "Sales" in request.path else "well"
    )
    engine = Engine(target, wrong_match=knob)
    engine.group("Sales")
    engine.cycle()
    assert engine.turn("group").status == status
    assert "Strangers" in engine.turn("group").reason


@pytest.mark.parametrize(
    ("knob", "code"),
    [
        ("multiple_entries", "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"),
        ("duplicate_entries", "DuplicateTargetEntries"),
    ],
)
def test_two_hits_fail_the_object_under_the_code_of_the_setting(target: FakeTarget, knob: str, code: str) -> None:
    """FusionAuth/fusionauth-issues#3111 has the first code and the sentence; LOGS lists both codes."""
    for id_ in ("one", "two"):
        target.hold("Groups", id_, displayName="Sales")
    engine = Engine(target, several_matches=knob)
    engine.group("Sales")
    engine.cycle()
    turn = engine.turn("group")
    assert (turn.status, turn.error_code) == ("Failure", code)
    assert turn.reason == "Multiple entries were found to match this value, when no more than one was expected"
    assert "one group with the requested displayName" in turn.steps[-1].details["Expected"]
    assert target.writes() == []


@pytest.mark.parametrize(
    ("knob", "status", "error"), [("fail", "Failure", "DuplicateSourceEntries"), ("link", "Skipped", "RedundantExport")]
)
def test_second_user_with_the_same_matching_value(target: FakeTarget, knob: str, status: str, error: str) -> None:
    """LOGS, DuplicateSourceEntries; KNOWN has both users linked to one, across tenants."""
    engine = Engine(target, duplicate_source=knob)
    engine.person("Anna Smith", displayName="Same", surname="Same", givenName="Same")
    engine.cycle()
    engine.person(
        "Bert Smith",
        userPrincipalName="ANNA@contoso.com",
        displayName="Same",
        surname="Same",
        givenName="Same",
        mailNickname="anna",
    )
    engine.cycle()
    assert (engine.turn().status, engine.turn().error_code) == (status, error)
    assert target.writes() == []
    assert ("Same has the same userName in the directory" in engine.turn().reason) is (knob == "fail")
    engine.directory.update_user(engine.now, "id-bert", userPrincipalName="bert@contoso.com")
    engine.cycle()
    assert bool(target.lines("POST")) is (knob == "fail")


def test_name_that_its_owner_has_given_up_is_no_duplicate(target: FakeTarget) -> None:
    """The target still has the old name, as when the rename failed: the newcomer is matched, as Entra trusts a match."""
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.cycle()
    target.rule = lambda request: (409, {}) if request.method == "PATCH" else "well"
    engine.directory.update_user(engine.now, anna, userPrincipalName="other@contoso.com")
    engine.person("Bert Smith", userPrincipalName="anna@contoso.com")
    engine.cycle()
    assert engine.turn(name="Bert Smith").error_code == "EntryConflict"
