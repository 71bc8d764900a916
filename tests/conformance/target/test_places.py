"""URLs of single resources: unusual ids are one segment, and a collection is not a resource."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.target.places import is_resource, segment

BASE = "https://host/scim/v2"


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ("2819c223-7f76", "2819c223-7f76"),
        ("a@b.example:1", "a@b.example:1"),
        ("a/b", "a%2Fb"),
        ("50%?#é ", "50%25%3F%23%C3%A9%20"),
        *((id_, "") for id_ in ("", " ", ".", "..", None, 7, ["a"])),
    ],
)
def test_an_id_is_one_segment_or_none(id_: Any, expected: str) -> None:
    assert segment(id_) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/Users/1", True),
        ("/Users/a%2Fb", True),
        *((path, False) for path in ("/Users", "/Users/", "/Users//50bf", "/Users/1/2", "/Users/..", "/Users/%2E%2E")),
        *((path, False) for path in ("/Users/1?x=y", "/Groups/1", "")),
    ],
)
def test_only_one_segment_below_the_endpoint_is_a_resource(path: str, expected: bool) -> None:
    assert is_resource(BASE, "/Users", BASE + path) is expected
