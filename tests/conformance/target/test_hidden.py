"""A resource without what a plain GET does not show."""

from __future__ import annotations

import pytest

from conformance.requirements.verdict import Finding
from conformance.target.discovery import Target
from conformance.target.hidden import without_hidden

CORE, BADGE = "urn:example:core", "urn:example:badge"


def test_request_and_never_are_left_out_at_any_depth() -> None:
    parts = [{"name": "x", "returned": "request"}, {"name": "y"}]
    core = [
        {"name": "pin", "returned": "never"},
        {"name": "a", "type": "complex", "subAttributes": parts},
        {"name": "b", "type": "complex", "multiValued": True, "subAttributes": parts},
    ]
    target = Target(
        resource_types=[{"name": "User", "schema": CORE, "schemaExtensions": [{"schema": BADGE}]}],
        schemas={CORE: {"attributes": core}, BADGE: {"attributes": [{"name": "z", "returned": "request"}]}},
    )
    resource = {"schemas": [CORE], "pin": 1, "a": {"x": 1, "y": 2}, "b": [{"x": 1, "y": 2}], BADGE: {"z": 1}, "id": "1"}
    for emptied in ({"a": {"x": 1}}, {"b": [{"x": 1}, {"x": 2}]}):
        assert without_hidden(target, {"schemas": [CORE], **emptied}) == {"schemas": [CORE]}
    assert without_hidden(target, resource) == {"schemas": [CORE], "a": {"y": 2}, "b": [{"y": 2}], "id": "1"}


def test_a_missing_member_is_still_a_finding() -> None:
    with pytest.raises(Finding, match="schemas is missing"):
        without_hidden(Target(), {"id": "1"})["schemas"]
