"""Filters by the RFC's text: a table of what matches, what does not, and what is open, by ambiguity."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.filter_model import Refusal, matches, parse_filter, refusal
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from tests.conformance.published import DEVICES, GROUPS, USERS

ADA: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "Id-1",
    "externalId": "Ext-1",
    "userName": "Ada@Example.com",
    "name": {"givenName": "Ada", "familyName": 'O"Hara'},
    "displayName": "",
    "active": True,
    "profileUrl": "https://example.com/Ada",
    "nickName": "Ünal",
    "emails": [
        {"value": "a@work.example", "type": "work", "primary": True},
        {"value": "a@home.example", "type": "home"},
    ],
    "phoneNumbers": [{"value": "+1", "type": "work"}],
    "ims": [],
    ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "Boss"}},
    "meta": {"created": "2026-01-01T12:00:00Z", "lastModified": "2026-01-02T12:00:00+02:00"},
}

TRUE = [
    'userName eq "ada@example.com"',
    'USERNAME Eq "ADA@EXAMPLE.COM"',
    f'{USER_URN}:userName eq "ada@example.com"',
    f'{USER_URN.upper()}:username sw "ADA"',
    'userName co "@EX"',
    'userName sw "ada@example.com"',
    'userName ew ".COM"',
    'userName gt "abc"',
    'userName le "ada@example.com"',
    'id eq "Id-1"',
    'externalId eq "Ext-1"',
    'name.familyName eq "o\\"hara"',
    "name pr",
    "emails pr",
    "emails.value pr",
    "active eq true",
    "active pr",
    "active ne false",
    'emails.type eq "home"',
    'emails.type eq "work" and emails.value sw "a@home"',
    'emails[type eq "home" and value sw "a@home"]',
    'emails[type eq "work" or value sw "b"]',
    'emails[not (type eq "work")]',
    "emails[primary eq true]",
    "emails[primary eq false]",
    "emails.primary eq false",
    'phoneNumbers.value ne "+2"',
    f'{ENTERPRISE_URN}:department eq "SALES"',
    f'{ENTERPRISE_URN}:manager.value eq "Boss"',
    'meta.created gt "2026-01-01T12:59:58+01:00"',
    'meta.created lt "2026-01-01T13:00:02+01:00"',
    'meta.lastModified ge "2026-01-02T09:59:59Z"',
    f'schemas eq "{ENTERPRISE_URN}"',
    "title eq null",
    "userName ne null",
    'not (title eq "x")',
    'not (userName eq "b")',
    'title eq "x" or active eq true',
    'userName eq "ada@example.com" or title ne "x"',
]
FALSE = [
    'userName eq "bob"',
    'id eq "ID-1"',
    'externalId eq "ext-1"',
    'userName ne "ADA@example.com"',
    'userName co "work"',
    'userName lt "abc"',
    "title pr",
    "ims pr",
    'title eq "x"',
    'title co ""',
    'title gt "a"',
    'name.middleName eq "x"',
    "active eq false",
    'emails[type eq "home" and value sw "a@work"]',
    'emails[type eq "home" and primary eq true]',
    'ims[value eq "x"]',
    f'{ENTERPRISE_URN}:costCenter eq "x"',
    f"{ENTERPRISE_URN}:costCenter pr",
    'meta.created lt "2026-01-01T12:00:00+02:00"',
    "title ne null",
    'nobody eq "x"',
    "nobody pr",
    'not (userName eq "ada@example.com")',
    'title ne "x" and userName eq "b"',
    'department eq "Sales" and active eq false',
]
OPEN = {
    'title ne "x"': "ne without a value or with several",
    'emails.type ne "work"': "ne without a value or with several",
    'not (title ne "x")': "ne without a value or with several",
    'emails co "work"': "a complex attribute without a sub-attribute",
    'emails eq "a@work.example"': "a complex attribute without a sub-attribute",
    'name eq "Ada"': "a complex attribute without a sub-attribute",
    'name[givenName eq "Ada"]': "brackets on a single value",
    'colours[value eq "x"]': "brackets on an unknown attribute",
    "displayName pr": "an empty string, or the precision of dates",
    'displayName eq ""': "an empty string, or the precision of dates",
    'meta.created eq "2026-01-01T12:00:00Z"': "an empty string, or the precision of dates",
    'meta.created gt "2026-01-01T11:59:59.500Z"': "an empty string, or the precision of dates",
    'meta.created co "2026"': "not a string",
    "emails.display eq null": "null compared with several elements",
    'profileUrl eq "https://example.com/ada"': "case of references and ids",
    f'{ENTERPRISE_URN}:manager.value eq "boss"': "case of references and ids",
    'nickName eq "u\u0308nal"': "Unicode normalization",
    'active eq "true"': "a boolean in quotes",
    "userName eq 5": "a value of the wrong type",
    'nobody ne "x"': "an unknown attribute",
    'department eq "Sales"': "an extension's attribute without URN",
    "password pr": "never returned",
    'emails[primary pr and type eq "home"]': "a missing primary",
    'nickName gt "zeta"': "the order of Ü depends on the collation",
}


@pytest.mark.parametrize("text", TRUE)
def test_what_matches(text: str) -> None:
    assert matches(parse_filter(text), ADA, USERS) is True


@pytest.mark.parametrize("text", FALSE)
def test_what_does_not_match(text: str) -> None:
    assert matches(parse_filter(text), ADA, USERS) is False


@pytest.mark.parametrize("text", OPEN, ids=[f"{name}: {text}" for text, name in OPEN.items()])
def test_what_the_rfc_leaves_open(text: str) -> None:
    assert matches(parse_filter(text), ADA, USERS) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ports gt 3", True),
        ("ports le 3", False),
        ("weight ge 2.5", True),
        ("weight eq 2", False),
        ("ports eq 4.0", True),
        ('ports eq "4"', None),
        ("ports eq true", None),
        ('serial eq "AbC"', True),
        ('serial eq "abc"', False),
        ('serial lt "abd"', True),
        ('bought lt "2026-01-01T00:00:00Z"', True),
        ('firmware eq "QUJD"', True),
        ('firmware eq "qujd"', None),
        ('colours eq "RED"', True),
        ('colours co "ee"', True),
        ('colours eq "blue"', False),
        ("colours pr", True),
        ('owner eq "../Users/1"', None),
        ('owner eq "https://x/Users/1"', True),
        ('slots[stamp eq "s" and type eq "left"]', True),
        ("secret pr", None),
    ],
)
def test_every_type_has_its_order(text: str, expected: bool | None) -> None:
    device = {
        "serial": "AbC",
        "ports": 4,
        "weight": 2.5,
        "bought": "2025-12-31T23:00:00Z",
        "firmware": "QUJD",
        "colours": ["red", "green"],
        "owner": "https://x/Users/1",
        "slots": [{"value": "1", "type": "left", "stamp": "S"}],
    }
    assert matches(parse_filter(text), device, DEVICES) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "x"', Refusal.NEVER),
        ("name pr", Refusal.NEVER),
        ('not (userName eq "x") or active eq true', Refusal.NEVER),
        ('userName gt "x"', Refusal.NEVER),
        ('meta.created lt "2026-01-01T12:00:00Z"', Refusal.NEVER),
        ("active gt true", Refusal.MUST),
        ('userName eq "x" or not (active le false)', Refusal.MUST),
        ('x509Certificates.value ge "AA=="', Refusal.MUST),
        ("emails[primary ge true]", Refusal.MUST),
        ('not(userName eq "x")', Refusal.MAY),
        ('emails[type eq "work"]', Refusal.MAY),
        ('emails co "x"', Refusal.MAY),
        ("title eq null", Refusal.MAY),
        ('active eq "true"', Refusal.MAY),
        ('active co "t"', Refusal.MAY),
        ('nobody eq "x"', Refusal.MAY),
        ('password eq "x"', Refusal.MAY),
        (f'schemas eq "{USER_URN}"', Refusal.MAY),
        ('meta.created lt "yesterday"', Refusal.MAY),
        ('emails[userName eq "x"]', Refusal.MAY),
    ],
)
def test_what_may_or_must_be_rejected(text: str, expected: Refusal) -> None:
    assert refusal(parse_filter(text), USERS) is expected


def test_a_path_to_ref_may_be_rejected() -> None:
    tree = parse_filter('members.$ref eq "https://x/Users/1"')
    assert refusal(tree, GROUPS) is Refusal.MAY
    assert matches(tree, {"members": [{"value": "1", "$ref": "https://x/Users/1"}]}, GROUPS) is True


def test_names_in_the_resource_have_no_case() -> None:
    assert matches(parse_filter('name.givenName eq "Ada"'), {"NAME": {"GivenName": "Ada"}}, USERS) is True
