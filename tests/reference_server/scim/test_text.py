"""Strings that mean the same are compared as the same."""

from __future__ import annotations

import pytest

from reference_server.scim.text import exact, folded
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
