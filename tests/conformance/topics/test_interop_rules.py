"""Rules of the interoperability profile: each one that a target breaks is reported, and only those."""

from __future__ import annotations

import pytest

from conformance.target.discovery import Target
from conformance.topics.interop_rules import RULES, UNKNOWN_ATTRIBUTE, broken_rules
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, session
from tests.fake_target import Answer, FakeTarget, Received, fake_target


def strict(target: FakeTarget, request: Received) -> Answer | str:
    """Keeps every rule."""
    if request.path.endswith("/ResourceTypes"):
        return 200, {"Resources": [{"id": "User", "name": "User"}]}
    if UNKNOWN_ATTRIBUTE in request.path:
        return error(400, "invalidFilter")
    if request.method == "POST" and UNKNOWN_ATTRIBUTE in request.json:
        return error(400, "invalidSyntax")
    if request.method == "PATCH":
        return _patched(target, request)
    return "well"


def _patched(target: FakeTarget, request: Received) -> Answer | str:
    (operation,) = request.json["Operations"]
    if "path" not in operation:
        return error(400, "invalidSyntax")
    if operation["path"] == "userName":
        return error(409, "uniqueness")
    target.resources[request.path.removeprefix("/scim/")][operation["path"]] = operation["value"]
    return 204, None


def broken(target: FakeTarget, known: Target = TARGET) -> list[str]:
    """The numbers of the broken rules."""
    return [sentence.partition(",")[0] for sentence in broken_rules(session(target, known))]


def test_a_target_that_keeps_the_rules_breaks_none() -> None:
    with fake_target() as target:
        target.rule = lambda request: strict(target, request)
        assert broken(target) == []


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [
        ("5.1", lambda r: (200, {"Resources": [{"id": "1", "name": "User"}]}) if "ResourceTypes" in r.path else None),
        ("5.3", lambda r: "well" if r.method == "POST" and UNKNOWN_ATTRIBUTE in r.json else None),
        ("6.3", lambda r: (200, {"Resources": []}) if UNKNOWN_ATTRIBUTE in r.path else None),
        ("6.5.1.1", lambda r: "well" if r.method == "PATCH" and "path" not in r.json["Operations"][0] else None),
        ("6.5.2.1", lambda r: (204, None) if r.method == "PATCH" and '"name"' in r.line else None),
        ("6.6", lambda r: (204, None) if r.method == "DELETE" else None),
        ("6.9.1", lambda r: (204, None) if r.method == "PATCH" and '"userName"' in r.line else None),
    ],
)
def test_a_target_that_breaks_one_rule_breaks_no_other(rule: str, breaks: object) -> None:
    assert callable(breaks)
    with fake_target() as target:
        target.rule = lambda request: breaks(request) or strict(target, request)
        assert broken(target) == [rule]


def test_rules_about_features_that_are_not_offered_are_not_broken() -> None:
    nothing = Target({"patch": {"supported": False}}, TARGET.resource_types, TARGET.schemas)
    with fake_target() as target:
        target.rule = lambda request: error(404) if "ResourceTypes" in request.path else strict(target, request)
        assert broken(target, nothing) == []
        assert not [request for request in target.received if request.method == "PATCH"]


def test_every_rule_names_its_section() -> None:
    assert all(sentence[0].isdigit() and ", " in sentence for sentence in RULES)
