"""What references show of a resource: its id and its label."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reference_server.scim.resource_type import resource_types
from reference_server.shadow.prepared import label_in, prepared, references

SUMMARY = prepared(resource_types().by_name["User"])
ODD = 'A "B" \\ ,"display":"C"'


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"displayName": "Ada", "userName": "a"}, "Ada"),
        ({"name": {"formatted": "Ada L"}, "userName": "a"}, "Ada L"),
        ({"userName": "a"}, "a"),
        ({"displayName": ODD}, ODD),
        ({}, None),
    ],
)
def test_a_reference_shows_id_and_label(resource: dict[str, Any], name: str | None) -> None:
    summary = SUMMARY({"id": "x1", "resource": resource})
    assert label_in(summary) == name
    shown = {"value": "x1", "$ref": "http://x/Users/x1", "type": "User", **({"display": name} if name else {})}
    assert orjson.loads(b"[%b]" % references("http://x/Users/", "User", [summary, summary])) == [shown, shown]
