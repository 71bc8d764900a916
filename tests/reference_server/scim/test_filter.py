"""Filters: what they select, which are rejected, and which an index can serve."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.scim.errors import InvalidFilter, ScimError
from reference_server.scim.filter import parse_filter
from reference_server.scim.resource_type import resource_types

USER = resource_types().by_name["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANNA: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "id": "1",
    "externalId": "AbC",
    "userName": "Anna.Berg@Example.com",
    "displayName": "Anna",
    "active": True,
    "name": {"givenName": "Anna", "familyName": "Berg"},
    "emails": [
        {"value": "anna@work.example", "type": "work", "primary": True},
        {"value": "anna@home.example", "type": "home"},
    ],
    "meta": {"created": "2026-03-02T10:00:00.000Z", "resourceType": "User"},
    ENTERPRISE: {"department": "Sales", "manager": {"value": "m1"}},
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ('userName eq "anna.berg@example.com"', True),
        ('USERNAME EQ "ANNA.BERG@EXAMPLE.COM"', True),
        ('externalId eq "abc"', False),
        ('externalId eq "AbC"', True),
        ('id eq "1"', True),
        ('displayName ne "Anna"', False),
        ('displayName ne "Bob"', True),
        ('nickName ne "Bob"', True),
        ('displayName co "nn"', True),
        ('displayName sw "an"', True),
        ('displayName ew "NA"', True),
        ('displayName gt "Ann"', True),
        ('displayName lt "Ann"', False),
        ("displayName pr", True),
        ("nickName pr", False),
        ("name pr", True),
        ("emails pr", True),
        ("photos pr", False),
        ("nickName eq null", True),
        ("displayName ne null", True),
        ("active eq true", True),
        ("active eq True", True),
        ('active eq "True"', True),
        ("active ne false", True),
        ('name.familyName eq "berg"', True),
        ('emails.value eq "anna@home.example"', True),
        ('emails co "home"', True),
        ('emails[type eq "work" and value co "work"]', True),
        ('emails[type eq "work" and value co "home"]', False),
        ('emails[type eq "work"].value eq "ANNA@work.example"', True),
        ('emails[type eq "home"].value eq "anna@work.example"', False),
        ('emails[not (type eq "work")]', True),
        ("emails[primary eq false]", True),  # missing is false (RFC 7643 2.4)
        ('emails[type eq "home" and primary eq false]', True),
        ('emails[type eq "work" and primary eq false]', False),
        ('emails[type eq "home" and primary ne true]', True),
        ('emails[type eq "home" and primary pr]', False),
        ("emails.primary eq false", True),
        ("photos.primary eq false", False),
        (f'{ENTERPRISE}:department eq "sales"', True),
        (f'{ENTERPRISE}:manager.value eq "m1"', True),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "anna"', True),
        ('meta.created gt "2026-03-02T09:59:59Z"', True),
        ('meta.created ge "2026-03-02T11:00:00+01:00"', True),
        ('meta.created lt "2026-03-02T11:00:00+01:00"', False),
        ('schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', True),
        ('userName eq "x" or displayName eq "Anna" and active eq true', True),
        ('(userName eq "x" or displayName eq "Anna") and active eq false', False),
        ("not (active eq false)", True),
        ("not(active eq true)", False),
        ('not (userName eq "x") and displayName pr', True),
        ('displayName eq "A\\u006ena"', True),
    ],
)
def test_filter_chooses(text: str, chosen: bool) -> None:
    assert parse_filter(text, USER).matches(ANNA) is chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq anna",
        'userName eq "anna',
        'userName xx "a"',
        "userName eq {}",
        "userName eq [1]",
        'eq "a"',
        "and",
        'userName eq "a" and',
        'userName eq "a" xor title pr',
        '(userName eq "a"',
        'userName eq "a")',
        "unknown pr",
        "name.unknown pr",
        'emails[type eq "work"',
        "emails[]",
        'name[givenName eq "a"]',
        "active gt true",
        "active co true",
        "active eq 1",
        "userName eq 1",
        'meta.created gt "yesterday"',
        'name eq "x"',
        'password eq "x"',
        'password sw "x"',
        "displayName gt null",
        "userName eq NaN",
        "not userName pr",
        "userName pr " + "and userName pr " * 60,
        "(" * 30 + "userName pr" + ")" * 30,
        'userName eq "' + "x" * 5000 + '"',
    ],
)
def test_filter_that_is_none_is_rejected(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text, USER)


@pytest.mark.parametrize(
    ("text", "lookup"),
    [
        ('userName eq "Anna@X"', ("eq", "userName", "anna@x")),
        ('title pr and userName eq "a"', ("eq", "userName", "a")),
        ('userName eq "a" or id eq "Q"', ("or", ("eq", "userName", "a"), ("eq", "id", "Q"))),
        ('userName eq "a" and (externalId eq "B")', ("and", ("eq", "userName", "a"), ("eq", "externalId", "B"))),
        ('userName eq "a" or title pr', None),
        ('not (userName eq "a")', None),
        ('emails eq "A@x"', ("eq", "emails.value", "a@x")),
        ('emails[type eq "work"].value eq "A@x"', ("eq", "emails.value", "a@x")),
        ('emails[type eq "work" and value eq "A@x"]', ("eq", "emails.value", "a@x")),
        ('id eq "Q"', ("eq", "id", "Q")),
        ('displayName eq "a"', None),
    ],
)
def test_what_indexes_serve_of_a_filter(text: str, lookup: tuple[Any, ...] | None) -> None:
    assert parse_filter(text, USER).lookup == lookup


@given(st.text(max_size=60))
def test_parsing_raises_nothing_but_scim_errors(text: str) -> None:
    try:
        parse_filter(text, USER).matches(ANNA)
    except ScimError as error:
        assert error.status == 400


TERMS = st.sampled_from(
    [
        'userName sw "a"',
        "active eq true",
        "title pr",
        'emails.value co "home"',
        'name.familyName eq "berg"',
        "nickName pr",
    ]
)
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=6,
)


@given(TREES)
def test_not_chooses_exactly_the_complement(text: str) -> None:
    assert parse_filter(f"not ({text})", USER).matches(ANNA) is not parse_filter(text, USER).matches(ANNA)


@given(TREES, TREES, TREES)
def test_and_binds_tighter_than_or(a: str, b: str, c: str) -> None:
    bare, grouped = parse_filter(f"{a} or {b} and {c}", USER), parse_filter(f"{a} or ({b} and {c})", USER)
    assert bare.matches(ANNA) is grouped.matches(ANNA)
