"""What the bodies of requests and answers hold."""

from __future__ import annotations

import json

import pytest

from conformance.report.bodies import member_values, object_of, resources_of


@pytest.mark.parametrize("body", [None, "", "[1]", "{broken", "text"])
def test_what_cannot_be_read_holds_nothing(body: str | None) -> None:
    assert object_of(body) == {}
    assert resources_of(body) == []
    assert list(member_values(body)) == []


def test_members_are_found_in_a_group_and_in_operations() -> None:
    members = [{"value": "u1"}]
    operations = [{"op": "add", "path": "members", "value": members}, {"op": "add", "value": {"members": members}}]
    assert list(member_values(json.dumps({"members": members, "Operations": operations}))) == ["u1", "u1", "u1"]
