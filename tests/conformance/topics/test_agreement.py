"""Two representations of one resource: what differs, and what does not count."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding
from conformance.topics.agreement import differing, must_agree

URN = "urn:example:Extension"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": [{"x": 1, "y": 2}, {"x": 2}]}, {"a": [{"x": 2}, {"y": 2, "x": 1}]}),
        ({"a": None, "b": []}, {}),
        ({"a": {"x": "1", "y": None}}, {"a": {"x": "1"}}),
        ({"meta": {"created": "2026-01-31T12:00:00Z"}}, {"meta": {"created": "2026-01-31T13:00:00+01:00"}}),
        ({"a": "2026-T"}, {"a": "2026-T"}),
    ],
)
def test_order_unassigned_values_and_forms_of_instants_do_not_count(left: Any, right: Any) -> None:
    assert differing(left, right) == {}


def test_what_differs_is_named_down_to_extensions_and_meta() -> None:
    left = {"id": "1", "meta": {"version": "a"}, URN: {"x": 1}, "members": [{"value": "1"}]}
    right = {"id": "1", "meta": {"version": "b"}, URN: {"x": 2}}
    assert list(differing(left, right)) == ["meta.version", f"{URN}:x", "members"]
    with pytest.raises(Finding, match=r"meta\.version in a list differs from meta\.version in a GET"):
        must_agree(left, right, "a list")


def test_what_is_no_resource_shows_nothing() -> None:
    assert differing([], {"a": 1}) == {"a": (None, 1)}
