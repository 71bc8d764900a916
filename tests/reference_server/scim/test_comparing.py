"""Comparisons of a filter by schema characteristics: type, caseExact, several values (RFC 7644 table 3)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.comparing import compile_comparison, compile_presence, instant
from reference_server.scim.errors import InvalidFilter
from reference_server.scim.resource_type import Found, resource_types

USER = resource_types().by_name["User"]
ANNA: dict[str, Any] = {
    "userName": "Anna",
    "externalId": "E-1",
    "active": True,
    "emails": [{"value": "a@x.com", "type": "work"}, {"value": "b@x.com"}],
    "meta": {"created": "2026-03-02T06:00:00Z"},
}


def found(name: str) -> Found:
    attribute = USER.find(name)
    assert attribute is not None
    return attribute


@pytest.mark.parametrize(
    ("name", "operator", "asked", "matches"),
    [
        ("userName", "eq", "aNNa", True),
        ("externalId", "eq", "e-1", False),
        ("externalId", "sw", "E", True),
        ("active", "eq", "TRUE", True),
        ("active", "ne", True, False),
        ("emails.value", "co", "b@", True),
        ("emails", "ew", "x.com", True),
        ("title", "eq", "x", False),
        ("title", "ne", "x", True),
        ("title", "eq", None, True),
        ("meta.created", "lt", "2026-03-02T07:30:00+01:00", True),
        ("meta.created", "gt", "2026-03-02T07:00:00+01:00", False),
    ],
)
def test_comparison(name: str, operator: str, asked: Any, matches: bool) -> None:
    predicate, _ = compile_comparison(found(name), operator, asked)
    assert predicate(ANNA) is matches


@pytest.mark.parametrize(
    ("name", "operator", "asked"),
    [
        ("active", "gt", True),
        ("active", "co", "t"),
        ("userName", "eq", 1),
        ("meta.created", "eq", "soon"),
        ("name", "eq", "x"),
    ],
)
def test_what_cannot_be_compared_is_rejected(name: str, operator: str, asked: Any) -> None:
    with pytest.raises(InvalidFilter):
        compile_comparison(found(name), operator, asked)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_empty_values_are_not_present(value: Any) -> None:
    assert not compile_presence(found("title"))({"title": value})
    assert compile_presence(found("title"))({"title": "x"})


def test_a_moment_without_an_offset_is_utc() -> None:
    assert instant("2026-03-02T06:00:00") == instant("2026-03-02T07:00:00+01:00")
