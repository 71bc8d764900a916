"""Attribute paths of PATCH: every spelling, and what is rejected (RFC 7644 section 3.5.2)."""

from __future__ import annotations

import pytest

from reference_server.scim.errors import InvalidFilter, InvalidPath
from reference_server.scim.limits import PATH_CHARACTERS
from reference_server.scim.path import parse_path
from reference_server.scim.resource_type import resource_types

USER, GROUP = (resource_types().by_name[name] for name in ("User", "Group"))
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("text", "urn", "attribute", "sub"),
    [
        ("userName", None, "userName", None),
        ("NAME.givenname", None, "name", "givenName"),
        (f"{USER.schema.id}:name.familyName", None, "name", "familyName"),
        (f"{ENTERPRISE}:manager", ENTERPRISE, "manager", None),
        (f"{ENTERPRISE.upper()}:manager.value", ENTERPRISE, "manager", "value"),
        ('emails[type eq "work"]', None, "emails", None),
        ('emails[type eq "work"].value', None, "emails", "value"),
    ],
)
def test_path_leads_to(text: str, urn: str | None, attribute: str, sub: str | None) -> None:
    path = parse_path(text, USER)
    assert path.attribute is not None
    assert (path.urn, path.attribute.name, path.sub.name if path.sub else None) == (urn, attribute, sub)


def test_path_of_a_whole_extension() -> None:
    path = parse_path(ENTERPRISE, USER)
    assert (path.urn, path.attribute) == (ENTERPRISE, None)


@pytest.mark.parametrize(
    ("condition", "template"),
    [
        ('type eq "work"', {"type": "work"}),
        ('TYPE EQ "work" and value eq "a@x"', {"type": "work", "value": "a@x"}),
        ("primary eq true", {"primary": "true"}),
        ('type ne "work"', None),
        ('type eq "work" or type eq "home"', None),
        ('value co "x"', None),
    ],
)
def test_template_of_a_filter(condition: str, template: dict[str, str] | None) -> None:
    assert parse_path(f"emails[{condition}]", USER).template == template


def test_the_path_of_one_member_is_the_same_in_every_spelling() -> None:
    plain, *others = [
        parse_path(text, GROUP)
        for text in ('members[value eq "1-a"]', 'members[value  eq "1-a"]', 'MEMBERS[VALUE EQ "1-a"]')
    ]
    for path in others:
        assert (path.urn, path.attribute, path.sub) == (plain.urn, plain.attribute, plain.sub)
        assert (path.value, path.terms) == (plain.value, plain.terms) == ("1-a", 1)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ('value eq "a@x"', "a@x"),
        ('VALUE EQ "a@x"', "a@x"),
        ('value eq "a@x" and type eq "work"', None),
        ('value ne "a@x"', None),
        ('type eq "work"', None),
    ],
)
def test_the_only_value_that_a_filter_asks_for(condition: str, value: str | None) -> None:
    assert parse_path(f"emails[{condition}]", USER).value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "name.",
        "name.nonsense",
        "userName[a eq 1]",
        'emails[type eq "x"',
        'emails[type eq "x"].x',
        "x" * (PATH_CHARACTERS.most + 1),
    ],
)
def test_path_that_leads_nowhere_is_rejected(text: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(text, USER)


def test_a_filter_in_a_path_is_rejected_as_a_filter() -> None:
    with pytest.raises(InvalidFilter, match="emails"):
        parse_path("emails[type eq]", USER)
