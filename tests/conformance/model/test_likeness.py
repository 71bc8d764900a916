"""When two representations hold the same."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.likeness import alike, comparable, differences
from conformance.target.discovery import ENTERPRISE_URN
from tests.conformance.published import DEVICES, GROUPS, USERS

WORK = {"value": "a@x", "type": "work"}
HOME = {"value": "b@x", "type": "home"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"emails": [WORK, HOME]}, {"emails": [HOME, WORK]}),
        ({"emails": []}, {}),
        ({"title": None, "name": {}}, {}),
        ({"name": {"givenName": None}}, {}),
        ({"id": "1", "meta": {"version": "1"}, "schemas": ["a"]}, {"id": "2", "schemas": ["b"]}),
        ({"groups": [{"value": "1"}]}, {}),
        ({"password": "x"}, {}),
        ({"unknown": 1}, {}),
        ({"name": {"formatted": "A B"}}, {}),
        ({"TITLE": "x"}, {"title": "x"}),
        ({"userName": "Ada"}, {"userName": "ada"}),
        ({"emails": [{**WORK, "type": "WORK"}]}, {"emails": [WORK]}),
        ({"emails": [{**WORK, "primary": False}]}, {"emails": [WORK]}),
        ({"emails": [WORK, HOME]}, {"emails": [WORK, {**HOME, "primary": True}]}),
        ({ENTERPRISE_URN: {}}, {}),
        (
            {ENTERPRISE_URN: {"manager": {"value": "1", "displayName": "x"}}},
            {ENTERPRISE_URN: {"manager": {"value": "1"}}},
        ),
    ],
)
def test_what_is_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert alike(one, other, USERS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "x"}, {"title": "y"}),
        ({"title": "x"}, {"title": "X"}),
        ({"title": "x"}, {}),
        ({"active": True}, {"active": False}),
        ({"emails": [WORK]}, {"emails": [WORK, HOME]}),
        ({"emails": [WORK]}, {"emails": [WORK, WORK]}),
        ({"emails": [{**WORK, "primary": True}, HOME]}, {"emails": [WORK, {**HOME, "primary": True}]}),
        (
            {"emails": [WORK, HOME]},
            {"emails": [{**WORK, "primary": True}, {**HOME, "primary": True}]},
        ),
        ({ENTERPRISE_URN: {"department": "a"}}, {"department": "a"}),
        ({"externalId": "a"}, {"externalId": "A"}),
    ],
)
def test_what_is_not_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not alike(one, other, USERS)


def test_moments_and_numbers_are_compared_by_value() -> None:
    one = {"bought": "2026-01-01T12:00:00+02:00", "weight": 2.0}
    assert alike(one, {"bought": "2026-01-01T10:00:00Z", "weight": 2}, DEVICES)


def test_members_are_compared_by_their_id() -> None:
    one = {"members": [{"value": "1", "display": "Ada", "$ref": "https://x/Users/1", "type": "User"}]}
    assert comparable(one, GROUPS) == comparable({"members": [{"value": "1"}]}, GROUPS)


def test_a_difference_shows_only_what_differs() -> None:
    expected, got = differences({"title": "a", "userName": "u"}, {"title": "b", "userName": "u"}, USERS)
    assert '"a"' in expected
    assert '"b"' in got
    assert "userName" not in expected + got
