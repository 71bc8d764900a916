"""Strings that mean the same are compared as the same."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.text import MISSING, exact, folded, in_message
from tests.support import USER, Scim


def test_composed_and_decomposed_letters_are_the_same(scim: Scim) -> None:
    """RFC 7644 section 7.8: strings are prepared before they are compared, in filters and in uniqueness checks."""
    composed, decomposed = "zo\u00eb@example.com", "zoe\u0308@example.com"
    user = scim.user(userName=composed, title="Caf\u00c9")
    assert scim.request("POST", "/Users", {"schemas": [USER], "userName": decomposed}).status == 409
    for condition in (f'userName eq "{decomposed}"', 'title eq "cafe\u0301"', 'title sw "CAFE\u0301"'):
        found = scim.request("POST", "/Users/.search", {"filter": condition}).json["Resources"]
        assert [item["id"] for item in found] == [user["id"]], condition
    assert scim.get(f"/Users/{user['id']}").json["userName"] == composed, "shown as it was sent"
    scim.request("DELETE", f"/Users/{user['id']}")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Ada", "ADA", True),
        ("stra\u00dfe", "STRASSE", True),
        ("\uff21da", "ada", True),
        ("e\u0301", "\u00e9", True),
        ("a", "b", False),
    ],
)
def test_folded_strings_compare_without_case(one: str, other: str, alike: bool) -> None:
    assert (folded(one) == folded(other)) is alike


def test_exact_strings_keep_case_and_join_accents() -> None:
    assert exact("Ada") != exact("ada")
    assert exact("e\u0301") == exact("\u00e9")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", '"a"'),
        ("é", '"é"'),
        ("x" * 61, '"' + "x" * 60 + '"'),
        ("\ud800", '"\\ud800"'),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ({"a": None}, "an object"),
        ([None], "a list"),
        (None, "null"),
        (MISSING, "no value"),
    ],
    ids=lambda value: None if value is MISSING else ascii(value),
)
def test_messages_describe_values_in_the_terms_of_json(value: Any, shown: str) -> None:
    assert in_message(value) == shown
    assert in_message(value).encode()


def test_half_a_surrogate_pair_in_a_filter_is_rejected(scim: Scim) -> None:
    reply = scim.get('/Users?filter=meta.created+ge+"%5Cud800"')
    assert (reply.status, reply.json["scimType"]) == (400, "invalidFilter")
