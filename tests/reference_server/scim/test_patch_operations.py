"""PATCH requests that cannot be read are rejected with the scimType of the RFC (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.errors import ScimError
from reference_server.scim.patch import apply_patch
from reference_server.scim.patch_operations import PATCH_URN
from tests.reference_server.scim.patching import HOME, STRICT, TOLERANT, USER, WORK, anna, patched


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": 1, "path": "title", "value": "x"}, "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ("text", "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "title"}, "invalidValue"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "replace", "path": "unknown", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "name.unknown", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[type eq "work"]value', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'name[givenName eq "x"]', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "emails[type eq", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "emails[type xx 1]", "value": "x"}, "invalidFilter"),
        ({"op": "replace", "path": 'emails[value co "zz"].value', "value": "x"}, "noTarget"),
        ({"op": "replace", "path": "active", "value": "no"}, "invalidValue"),
        ({"op": "replace", "path": "active", "value": 0}, "invalidValue"),
        ({"op": "replace", "path": "title", "value": 5}, "invalidValue"),
        ({"op": "replace", "path": "name", "value": "x"}, "invalidValue"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "x"}, "mutability"),
        ({"op": "add", "path": "groups", "value": [{"value": "g"}]}, "mutability"),
        ({"op": "replace", "value": {"id": "other"}}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "userName", "value": None}, "mutability"),
        ({"op": "remove", "path": "emails", "value": []}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [WORK, {**HOME, "primary": True}]}, "invalidValue"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_rejected_operation(operation: Any, scim_type: str) -> None:
    with pytest.raises(ScimError) as refused:
        patched(anna(emails=[WORK]), {"op": "replace", "path": "displayName", "value": "lost"}, operation)
    assert (refused.value.status, refused.value.scim_type) == (400, scim_type)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "value": {"name.givenName": "Ann"}},
        {"op": "replace", "path": "active", "value": "False"},
        {"op": "replace", "path": 'emails[type eq "other"].value', "value": "n@x"},
        {"op": "remove", "path": 'emails[type eq "other"]'},
        {"op": "add", "path": "manager", "value": "m1"},
    ],
    ids=str,
)
def test_strict_rejects_what_is_only_tolerated(operation: dict[str, Any]) -> None:
    with pytest.raises(ScimError):
        patched(anna(emails=[WORK]), operation, rules=STRICT)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"Operations": []},
        {"schemas": ["x"], "Operations": [{"op": "remove", "path": "title"}]},
        {"schemas": [PATCH_URN]},
    ],
)
def test_body_that_is_no_patch_is_rejected(body: Any) -> None:
    with pytest.raises(ScimError):
        apply_patch(anna(), body, USER, TOLERANT)
