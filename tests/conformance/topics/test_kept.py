"""What a change must leave alone, and what a server derives."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.topics.kept import also_changed, read_only
from tests.conformance.topics.sessions import session

EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        pytest.param({"meta": 1, "groups": []}, {"meta": 2, "groups": [1]}, [], id="set by the server"),
        pytest.param({"name": {"formatted": "A"}}, {"name": {"formatted": "B"}}, ["displayName"], id="computed"),
        pytest.param({"name": {"formatted": "A"}}, {}, ["displayName"], id="computed and gone"),
        pytest.param(
            {"title": "Old", "displayName": "An Old One"},
            {"title": "New", "displayName": "An New One"},
            ["title"],
            id="repeats the changed value",
        ),
        pytest.param(
            {"userName": "a@x", "emails": [{"value": "a@x"}]},
            {"userName": "b@x", "emails": [{"value": "b@x"}]},
            ["userName"],
            id="follows in a list",
        ),
        pytest.param(
            {"name": {"givenName": "A"}, "displayName": "A"},
            {"name": {"givenName": "B"}, "displayName": "B"},
            ["name"],
            id="follows a part",
        ),
    ],
)
def test_a_derived_value_may_follow(before: dict[str, Any], after: dict[str, Any], named: list[str]) -> None:
    assert also_changed(session(), before, after, *named) == []


@pytest.mark.parametrize(
    ("before", "after", "named", "lost"),
    [
        ({"title": "A"}, {}, ["displayName"], ["title"]),
        ({"title": "A"}, {"title": "B"}, ["displayName"], ["title"]),
        ({}, {"title": "B"}, [], ["title"]),
        ({"name": {"givenName": "A", "formatted": "A"}}, {"name": {"formatted": "A"}}, [], ["name"]),
        ({"displayName": "A", "title": "T"}, {"displayName": "B", "title": "U"}, ["title"], ["displayName"]),
        ({"members": [{"value": "1"}]}, {"members": []}, ["displayName"], ["members"]),
        ({EXTENSION: {"department": "A"}}, {}, ["displayName"], [EXTENSION]),
    ],
)
def test_everything_else_must_stay(
    before: dict[str, Any], after: dict[str, Any], named: list[str], lost: list[str]
) -> None:
    assert also_changed(session(), before, after, *named) == lost


def test_what_the_schemas_declare_read_only_is_the_servers() -> None:
    assert read_only(session(), {"meta": {"resourceType": "User"}}) >= {"id", "meta", "groups"}
    assert read_only(session(), {"meta": {"resourceType": "Unknown"}}) == {"id", "meta", "groups"}
