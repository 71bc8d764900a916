"""Which attributes a response shows: `attributes`, `excludedAttributes`, and `returned` (RFC 7644 section 3.9)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.projection import compile_projection
from reference_server.scim.resource_type import ResourceType, resource_types
from reference_server.scim.schema import compile_schema

USER = resource_types().by_name["User"]


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


ANNA: dict[str, Any] = {
    "schemas": [USER.schema.id, ENTERPRISE],
    "id": "1",
    "userName": "anna",
    "name": {"givenName": "A", "familyName": "B"},
    "emails": [{"value": "a@x", "type": "work"}],
    "meta": {"resourceType": "User"},
    ENTERPRISE: {"department": "S", "costCenter": "7"},
}


@pytest.mark.parametrize(
    ("attributes", "excluded", "names"),
    [
        (None, None, ["schemas", "id", "userName", "name", "emails", "meta", ENTERPRISE]),
        ("userName", None, ["schemas", "id", "userName"]),
        ("USERNAME, unknown", None, ["schemas", "id", "userName"]),
        ("unknown", None, ["schemas", "id"]),
        ("password", None, ["schemas", "id"]),
        ("meta", None, ["schemas", "id", "meta"]),
        (None, "userName,emails,id,schemas", ["schemas", "id", "name", "meta", ENTERPRISE]),
        (None, ENTERPRISE, ["schemas", "id", "userName", "name", "emails", "meta"]),
        (ENTERPRISE, None, ["schemas", "id", ENTERPRISE]),
        (f"{ENTERPRISE}:department", None, ["schemas", "id", ENTERPRISE]),
        (USER.schema.id, None, ["schemas", "id", "userName", "name", "emails"]),
    ],
)
def test_projection_shows(attributes: str | None, excluded: str | None, names: list[str]) -> None:
    assert list(compile_projection(USER, attributes, excluded).apply(ANNA)) == names


@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        ("name.givenName", None, {"name": {"givenName": "A"}}),
        ("name.givenName,name", None, {"name": {"givenName": "A", "familyName": "B"}}),
        ("name.givenName,name.familyName", None, {"name": {"givenName": "A", "familyName": "B"}}),
        ("emails.value", None, {"emails": [{"value": "a@x"}]}),
        (f"{ENTERPRISE}:costCenter", None, {ENTERPRISE: {"costCenter": "7"}}),
        (None, "name.givenName", {"name": {"familyName": "B"}}),
        (None, "emails.type,emails.value", {"emails": None}),
    ],
)
def test_projection_of_parts(attributes: str | None, excluded: str | None, shown: dict[str, Any]) -> None:
    projected = compile_projection(USER, attributes, excluded).apply(ANNA)
    assert {name: projected.get(name) for name in shown} == shown


def test_returned_request_never_and_always_are_honoured() -> None:
    attributes = [
        {"name": "loud", "returned": "always"},
        {"name": "asked", "returned": "request"},
        {"name": "secret", "returned": "never"},
        {"name": "plain"},
    ]
    schema = compile_schema({"id": "urn:x:T", "attributes": attributes})
    rtype = ResourceType({"name": "T", "endpoint": "/Ts", "schema": "urn:x:T"}, {"urn:x:T": schema})
    held = {"schemas": ["urn:x:T"], "id": "1", "loud": "l", "asked": "a", "secret": "s", "plain": "p"}
    assert list(compile_projection(rtype, None, None).apply(held)) == ["schemas", "id", "loud", "plain"]
    assert list(compile_projection(rtype, "asked,secret", None).apply(held)) == ["schemas", "id", "loud", "asked"]
    assert list(compile_projection(rtype, None, "loud,plain").apply(held)) == ["schemas", "id", "loud"]
