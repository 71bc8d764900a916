"""What requests assume beyond the target's schemas: nothing where these are the RFC's, a sentence for each difference."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.model.assumptions import assumptions
from conformance.model.definitions import parts_of
from conformance.target.discovery import ENTERPRISE_URN, USER_URN, Target
from simulator.wire.exchange import Exchange
from tests.conformance.published import TARGET

BASE = "http://127.0.0.1:9/scim"
USER = {"schemas": [USER_URN], "userName": "anna"}
STORED = {**USER, "id": "1", "title": "Dr", "meta": {"resourceType": "User"}}


def exchange(method: str, path: str, body: Any = None, answer: Any = None) -> Exchange:
    sent, got = (b"" if one is None else json.dumps(one).encode() for one in (body, answer))
    headers = {"content-type": "application/scim+json"}
    return Exchange(1, method, BASE + path, {}, sent or None, 200, headers, got, datetime.now(UTC), 1.0)


def declared(path: str, urn: str = USER_URN, **characteristics: Any) -> Target:
    """The RFC's schemas with other characteristics of one attribute; `missing=True` takes it away."""
    target = replace(TARGET, schemas=copy.deepcopy(TARGET.schemas))
    target.base_url = BASE
    name, _, part = path.partition(".")
    holder = target.schemas[urn]
    held = holder["attributes"]
    if part:
        holder = next(one for one in held if one["name"] == name)
        held, name = holder["subAttributes"], part
    if characteristics.pop("missing", False):
        held[:] = [one for one in held if one["name"] != name]
    for one in held:
        if one["name"] == name:
            one.update(characteristics)
    return target


def patched(**operation: Any) -> Exchange:
    return exchange("PATCH", "/Users/1", {"Operations": [operation]})


NAME = {"givenName": "Anna", "familyName": "Berg"}
CASES: dict[str, tuple[Target, list[Exchange], list[str]]] = {
    "a missing attribute": (
        declared("title", missing=True),
        [exchange("POST", "/Users", {**USER, "title": "Dr"})],
        ["the schema has no title"],
    ),
    "a missing part": (
        declared("name.givenName", missing=True),
        [exchange("POST", "/Users", {**USER, "name": NAME})],
        ["the schema has no name.givenName"],
    ),
    "a missing part in a path": (
        declared("emails.type", missing=True),
        [patched(op="replace", path='emails[type eq "work"].value', value="a@example.com")],
        ["the schema has no emails.type"],
    ),
    "a missing attribute in a filter": (
        declared("title", missing=True),
        [exchange("GET", "/Users?filter=title+eq+%22nickName%22")],
        ["the schema has no title"],
    ),
    "a required attribute that is left out": (
        declared("title", required=True),
        [exchange("POST", "/Users", USER)],
        ["title is required"],
    ),
    "a required attribute that is removed": (
        declared("title", required=True),
        [patched(op="remove", path="title")],
        ["title is required"],
    ),
    "a required part": (
        declared("name.formatted", required=True),
        [exchange("POST", "/Users", {**USER, "name": NAME})],
        ["name.formatted is required"],
    ),
    "a readOnly attribute": (
        declared("title", mutability="readOnly"),
        [patched(op="replace", value={"title": "Dr"})],
        ["title is readOnly"],
    ),
    "an immutable attribute that changes": (
        declared("userName", mutability="immutable"),
        [exchange("POST", "/Users", USER, STORED), exchange("PUT", "/Users/1", {**USER, "userName": "eva"})],
        ["userName is immutable"],
    ),
    "an immutable attribute that stays": (
        declared("userName", mutability="immutable"),
        [exchange("POST", "/Users", USER, STORED), exchange("PUT", "/Users/1", USER)],
        [],
    ),
    "a hidden attribute": (
        declared("title", returned="request"),
        [exchange("POST", "/Users", {**USER, "title": "Dr"})],
        ["title is returned only on request"],
    ),
    "an attribute of the extension": (
        declared("department", ENTERPRISE_URN, missing=True),
        [patched(op="add", path=f"{ENTERPRISE_URN}:department", value="Sales")],
        ["the schema has no department"],
    ),
    "an operation of a bulk request": (
        declared("title", missing=True),
        [
            exchange(
                "POST", "/Bulk", {"Operations": [{"method": "POST", "path": "/Users", "data": {**USER, "title": "x"}}]}
            )
        ],
        ["the schema has no title"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_differences_are_reported(case: str) -> None:
    target, exchanges, expected = CASES[case]
    assert assumptions(exchanges, target) == expected


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_assumed_where_the_schemas_are_the_rfcs(case: str) -> None:
    assert assumptions(CASES[case][1], declared("title")) == []


def test_what_the_rfc_lacks_too_is_the_subject_of_the_check() -> None:
    odd = [patched(op="replace", path="nonsense", value="x"), patched(op="replace", path="id", value="x")]
    assert assumptions(odd, declared("title", missing=True)) == []


def test_filled_in_values_matter_where_a_filter_names_them() -> None:
    target = declared("title", required=True)
    listed = exchange("GET", "/Users?filter=title+pr")
    assert assumptions([listed], target, ["title"]) == ["title is required"]
    assert assumptions([listed], target) == []


def test_a_complex_attribute_without_declared_parts_has_those_of_the_rfc() -> None:
    bare = {"name": "emails", "type": "complex", "multiValued": True}
    assert [part["name"] for part in parts_of(bare)] == ["value", "display", "type", "primary"]
    assert parts_of({"name": "nonsense", "type": "complex"}) == []
    assert parts_of({"name": "title", "type": "string"}) == []
