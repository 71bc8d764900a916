"""Generated bodies are made fit for a target: marked names, references to what exists, forged read-only values."""

from __future__ import annotations

from typing import Any

from conformance.fuzz.answers import FORGED
from conformance.fuzz.bodies import forge, mark, mark_patch, refer
from conformance.fuzz.openapi import described
from tests.conformance.published import TARGET

USER, GROUP = described(TARGET)


def name(text: str) -> str:
    return f"marked-{text}"


def test_names_bear_the_mark() -> None:
    body: dict[str, Any] = {"userName": "a", "DISPLAYNAME": "b", "title": "c", "externalId": 3}
    mark(body, name)
    assert body == {"userName": "marked-a", "DISPLAYNAME": "marked-b", "title": "c", "externalId": 3}
    nameless: dict[str, Any] = {"title": "c"}
    mark(nameless, name, always=True)
    assert nameless == {"title": "c", "externalId": "marked-"}


def test_what_a_patch_writes_bears_the_mark() -> None:
    body: dict[str, Any] = {
        "Operations": [
            {"op": "replace", "path": "urn:x:User:userName", "value": "a"},
            {"op": "add", "value": {"displayName": "b"}},
            {"op": "replace", "path": "title", "value": "c"},
            "junk",
        ]
    }
    mark_patch(body, name)
    assert [held["value"] for held in body["Operations"][:3]] == ["marked-a", {"displayName": "marked-b"}, "c"]
    mark_patch({"Operations": 3}, name)


def test_members_are_resources_that_exist_or_are_left_out() -> None:
    body: dict[str, Any] = {"members": [{"value": "x", "$ref": "y"}, {"value": "z"}]}
    refer(body, GROUP, {"User": "1"})
    assert body == {"members": [{"value": "1"}]}
    refer(body, GROUP, {})
    assert body == {}


def test_read_only_values_are_forged() -> None:
    body: dict[str, Any] = {}
    forge(body, USER)
    assert body["id"] == FORGED
    assert body["groups"] == [{"value": FORGED, "display": FORGED}]
    assert "userName" not in body
