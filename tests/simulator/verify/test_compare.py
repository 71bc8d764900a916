"""Each kind of difference between a target and the directory is found and named; nothing else is a difference."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.verify.compare import Comparison
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANNA = ExpectedUser(
    "anna", "Anna Smith", {"userName": "anna@x", "active": True, 'emails[type eq "work"].value': "anna@x"}, manager="u2"
)
BERT = ExpectedUser("bert", "Bert Jones", {"userName": "bert@x", "active": True}, manager=None)
SALES = ExpectedGroup("sales", "Sales", {"displayName": "Sales"}, frozenset({"u1", "u2"}))
STATE = ExpectedState(
    {"u1": ANNA, "u2": BERT}, {"g1": SALES}, released={"u3": "Cleo Old"}, foreign=frozenset({"u9", "g9"})
)
USERS: dict[str, dict[str, Any]] = {
    "u1": {
        "id": "u1", "userName": "anna@x", "active": True, "emails": [{"type": "work", "value": "anna@x"}],
        ENTERPRISE: {"manager": {"value": "u2"}},
    },
    "u2": {"id": "u2", "userName": "bert@x", "active": True},
    "u3": {"id": "u3", "userName": "cleo@x", "active": False},
    "u9": {"id": "u9", "userName": "stranger@x", "active": True},
}  # fmt: skip
GROUPS: dict[str, dict[str, Any]] = {
    "g1": {"id": "g1", "displayName": "Sales", "members": [{"value": "u2"}, {"value": "u1"}]},
    "g9": {"id": "g9", "displayName": "Strangers", "members": [{"value": "u9"}]},
}
Found = list[tuple[str, str, str, str, str]]


def found(users: dict[str, Any], groups: dict[str, Any]) -> Found:
    """The differences when these resources replace those above; None removes one."""
    listed = [resource for resource in {**USERS, **users}.values() if resource is not None]
    held = [resource for resource in {**GROUPS, **groups}.values() if resource is not None]
    return [
        (one.kind, one.person, one.attribute, one.expected, one.found)
        for one in Comparison().differences(STATE, listed, held)
    ]


ANNA_HELD = USERS["u1"]
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Found]] = {
    "equal": ({}, {}, []),
    "texts equal without case": ({"u1": {**ANNA_HELD, "userName": "ANNA@X"}}, {}, []),
    "further attributes of the target": ({"u2": {**USERS["u2"], "nickName": "B", "meta": {}}}, {}, []),
    "value": (
        {"u1": {**ANNA_HELD, "emails": [{"type": "home", "value": "anna@x"}]}}, {},
        [("value", "Anna Smith", 'emails[type eq "work"].value', "'anna@x'", "None")],
    ),
    "active": ({"u2": {**USERS["u2"], "active": False}}, {}, [("active", "Bert Jones", "active", "True", "False")]),
    "active as a string": ({"u2": {**USERS["u2"], "active": "True"}}, {}, [("active", "Bert Jones", "active", "True", "'True'")]),
    "another manager": (
        {"u1": {**ANNA_HELD, ENTERPRISE: {"manager": {"value": "u7"}}}}, {}, [("manager", "Anna Smith", "manager", "u2", "u7")],
    ),
    "manager as a string": ({"u1": {**ANNA_HELD, ENTERPRISE: {"manager": "u2"}}}, {}, []),
    "a manager too many": (
        {"u2": {**USERS["u2"], ENTERPRISE: {"manager": {"value": "u1"}}}}, {}, [("manager", "Bert Jones", "manager", "None", "u1")],
    ),
    "missing": ({"u2": None}, {}, [("missing", "Bert Jones", "", "user u2", "no resource")]),
    "unexpected": (
        {"u8": {"id": "u8", "userName": "eve@x", "displayName": "Eve"}}, {}, [("unexpected", "Eve", "", "no resource", "user u8")],
    ),
    "twice by id": ({"again": USERS["u9"]}, {}, [
        ("twice", "stranger@x", "id", "listed once", "listed twice"),
        ("twice", "stranger@x", "userName", "unique", "also u9"),
    ]),
    "twice by name, without case": (
        {"u9": {"id": "u9", "userName": "Bert@X"}}, {}, [("twice", "Bert@X", "userName", "unique", "also u2")],
    ),
    "released and active": (
        {"u3": {**USERS["u3"], "active": True}}, {}, [("active", "Cleo Old", "active", "false (out of scope)", "True")],
    ),
    "released and gone": ({"u3": None}, {}, []),
    "group name": (
        {}, {"g1": {**GROUPS["g1"], "displayName": "Sale"}}, [("value", "Sales", "displayName", "'Sales'", "'Sale'")],
    ),
    "members": ({}, {"g1": {**GROUPS["g1"], "members": [{"value": "u1"}, {"value": "u8"}]}}, [
        ("members", "Sales", "members", "2 members", "2 members, 1 of 2 members missing: u2; 1 unexpected: u8"),
    ]),
    "a member twice": (
        {}, {"g1": {**GROUPS["g1"], "members": [{"value": "u1"}, {"value": "u2"}, {"value": "u1"}]}},
        [("twice", "Sales", "members", "no duplicates", "1 duplicate")],
    ),
    "members that are no list": ({}, {"g1": {**GROUPS["g1"], "members": "u1"}}, [
        ("members", "Sales", "members", "2 members", "0 members, 2 of 2 members missing: u1, u2"),
    ]),
    "missing group": ({}, {"g1": None}, [("missing", "Sales", "", "group g1", "no resource")]),
    "unexpected group": (
        {}, {"g8": {"id": "g8", "displayName": "New"}}, [("unexpected", "New", "", "no resource", "group g8")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("users", "groups", "expected"), CASES.values(), ids=CASES.keys())
def test_a_difference_is_named(users: dict[str, Any], groups: dict[str, Any], expected: Found) -> None:
    assert found(users, groups) == expected


def test_a_user_in_scope_without_a_target_resource_is_missing() -> None:
    state = ExpectedState(unlinked={"dora": "Dora New"})
    [difference] = Comparison().differences(state, [], [])
    assert (difference.kind, difference.person, difference.expected) == ("missing", "Dora New", "provisioned")
    assert difference.object_id == "dora", "so that the latest write for her is shown"


@pytest.mark.parametrize(
    ("kind", "id_", "resource", "expected"),
    [
        ("user", "u1", ANNA_HELD, []),
        ("user", "u1", None, ["missing"]),
        ("user", "u2", {"id": "u2", "userName": "bert@x", "active": False}, ["active"]),
        ("user", "u3", None, ["missing"]),  # released users are left there
        ("user", "u3", {"id": "u3", "active": False}, []),
        ("user", "u3", {"id": "u3", "active": True}, ["active"]),
        ("user", "u8", None, []),
        ("user", "u8", {"id": "u8"}, ["unexpected"]),
        ("user", "u9", {"id": "u9"}, []),
        ("group", "g1", GROUPS["g1"], []),
        ("group", "g1", {**GROUPS["g1"], "members": []}, ["members"]),
    ],
)
def test_single_resources_are_judged_like_lists(kind: str, id_: str, resource: Any, expected: list[str]) -> None:
    assert [one.kind for one in Comparison().of_touched(STATE, {(kind, id_): resource})] == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [(["u1"], []), (["u1", "u2"], []), (["u1", "u3"], []), (["u2"], ["members"]), (["u1", "u3", "u3"], ["twice"])],
)
def test_possible_members_are_no_difference_whether_they_are_there_or_not(
    members: list[str], expected: list[str]
) -> None:
    """The provider cannot know whether a change that was not confirmed was carried out."""
    group = ExpectedGroup("sales", "Sales", {}, frozenset({"u1", "u2"}), frozenset({"u2", "u3"}))
    held = {"id": "g1", "members": [{"value": id_} for id_ in members]}
    found = Comparison().differences(ExpectedState(groups={"g1": group}), [], [held])
    assert [one.kind for one in found] == expected


def test_a_change_after_an_agreement_is_found() -> None:
    """A comparison skips pairs that were equal before; that must not hide a change on either side."""
    comparison, held = Comparison(), [USERS["u2"]]
    state = ExpectedState({"u2": BERT})
    assert comparison.differences(state, held, []) == []
    [changed] = comparison.differences(state, [{**USERS["u2"], "active": False}], [])
    assert changed.kind == "active"
    moved = ExpectedUser("bert", "Bert Jones", {**BERT.values, "title": "Lead"}, manager=None)
    [missed] = comparison.differences(ExpectedState({"u2": moved}), held, [])
    assert (missed.attribute, missed.object_id) == ("title", "bert")


def test_the_facts_of_a_difference_name_the_person_it_is_about() -> None:
    [difference] = Comparison().differences(ExpectedState({"u2": BERT}), [], [])
    assert difference.facts() == {
        "kind": "missing", "person": "Bert Jones", "attribute": "", "expected": "user u2", "found": "no resource",
        "object_id": "bert",
    }  # fmt: skip
