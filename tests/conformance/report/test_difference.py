"""The first difference between two strings is marked, whatever the strings are."""

from __future__ import annotations

import json

import pytest

from conformance.report.difference import difference_between
from tests.conformance.made_up_runs import HOSTILE


@pytest.mark.parametrize(
    ("expected", "got", "pieces"),
    [
        ("200", "204", ("200", "204")),
        ("application/scim+json", "application/json", ("scim+", "")),
        ("['a', 'b']", "['a', 'c']", ("b", "c")),
        ("True", "None", ("True", "None")),
        ("same", "same", ("", "")),
    ],
)
def test_what_differs_is_marked_in_whole_words(expected: str, got: str, pieces: tuple[str, str]) -> None:
    assert difference_between(expected, got).pieces == pieces


def test_long_structures_show_the_leaf_that_differs() -> None:
    left = {"schemas": ["urn:x"] * 20, "name": {"givenName": "Anna", "familyName": "Berg"}, "emails": [1, 2]}
    right = {**left, "name": {"givenName": "Ann", "familyName": "Berg"}}
    found = difference_between(json.dumps(left), repr(right))
    assert (found.where, found.expected, found.got) == ("name.givenName", '"Anna"', '"Ann"')
    assert difference_between(json.dumps(left), json.dumps({**left, "emails": [1]})).where == "emails[1]"
    assert (
        difference_between(json.dumps(left), json.dumps({k: v for k, v in left.items() if k != "name"})).got
        == "nothing"
    )


def test_long_texts_are_cut_around_the_difference() -> None:
    found = difference_between("a " * 200 + "x" + " b" * 200, "a " * 200 + "y" + " b" * 200, 60)
    assert found.pieces == ("x", "y")
    assert max(len(found.expected), len(found.got)) <= 60


@pytest.mark.parametrize("deep", ["[" * 3000, "{'a':" * 3000, HOSTILE, "", "1e999", "(" * 200])
def test_no_text_is_too_strange_to_compare(deep: str) -> None:
    assert difference_between(deep, deep + "x" * 100).got
