"""Sorting by any attribute, by its type (RFC 7644 section 3.4.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim import errors
from reference_server.scim.resource_type import resource_types
from reference_server.scim.sorting import sort_key

USER = resource_types().by_name["User"]


def test_sorting_by_type() -> None:
    people: list[dict[str, Any]] = [{"userName": "b"}, {"userName": "A"}, {"displayName": "x"}, {"userName": "c"}]
    ascending = sorted(people, key=sort_key(USER, "userName", False))
    assert [p.get("userName") for p in ascending] == ["A", "b", "c", None]
    descending = sorted(people, key=sort_key(USER, "userName", True), reverse=True)
    assert [p.get("userName") for p in descending] == [None, "c", "b", "A"]


def test_multi_valued_attributes_sort_by_their_primary_value() -> None:
    one: dict[str, Any] = {"emails": [{"value": "z"}, {"value": "a", "primary": True}]}
    other: dict[str, Any] = {"emails": [{"value": "b"}]}
    assert sorted([other, one], key=sort_key(USER, "emails", False)) == [one, other]


@pytest.mark.parametrize("name", ["unknown", "name", "password"])
def test_what_cannot_be_sorted_by_is_rejected(name: str) -> None:
    with pytest.raises(errors.InvalidPath):
        sort_key(USER, name, False)
