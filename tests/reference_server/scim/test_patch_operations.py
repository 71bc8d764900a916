"""PATCH requests that cannot be read are rejected with the scimType of the RFC (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.errors import Mutability, ScimError
from reference_server.scim.patch import apply_patch
from reference_server.scim.patch_operations import PATCH_URN
from reference_server.scim.tolerance import Rules
from tests.reference_server.scim.patching import HOME, STRICT, TOLERANT, USER, WORK, anna, patched
from tests.support import ENTERPRISE

URN = USER.schema.id


NO_ELEMENTS: list[list[Any]] = [[None], [[]], [WORK, None], [[], []], [[None]]]
REJECTED_ELEMENTS = [
    ({"op": op, "path": "emails", "value": value}, "invalidValue")
    for op in ("add", "replace", "remove")
    for value in NO_ELEMENTS
]


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
        ({"op": "remove", "path": "schemas"}, "mutability"),
        ({"op": "remove", "path": "schemas", "value": [URN]}, "mutability"),
        ({"op": "remove", "path": "schemas", "value": [ENTERPRISE]}, "mutability"),
        ({"op": "remove", "path": f'schemas[value eq "{URN}"]'}, "mutability"),
        ({"op": "replace", "path": "schemas", "value": [ENTERPRISE]}, "mutability"),
        ({"op": "replace", "path": "SCHEMAS", "value": []}, "mutability"),
        ({"op": "replace", "path": "schemas", "value": None}, "mutability"),
        ({"op": "replace", "path": "schemas", "value": [URN, "urn:example:unknown"]}, "invalidValue"),
        ({"op": "add", "path": "schemas", "value": ["urn:example:unknown"]}, "invalidValue"),
        ({"op": "add", "path": "schemas", "value": [5]}, "invalidValue"),
        ({"op": "add", "path": "schemas", "value": {"value": URN}}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [WORK, {**HOME, "primary": True}]}, "invalidValue"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_rejected_operation(operation: Any, scim_type: str) -> None:
    with pytest.raises(ScimError) as refused:
        patched(anna(emails=[WORK]), {"op": "replace", "path": "displayName", "value": "lost"}, operation)
    assert (refused.value.status, refused.value.scim_type) == (400, scim_type)


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        *REJECTED_ELEMENTS,
        ({"op": "add", "value": {"emails": [None]}}, "invalidValue"),
        ({"op": "add", "path": f"{URN}:schemas", "value": [None]}, "invalidValue"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_null_is_no_element_in_strict_mode(operation: Any, scim_type: str) -> None:
    with pytest.raises(ScimError) as refused:
        patched(anna(emails=[WORK]), operation, rules=STRICT)
    assert (refused.value.status, refused.value.scim_type) == (400, scim_type)


@pytest.mark.parametrize("op", ["add", "remove"])
def test_null_beside_elements_is_ignored_otherwise(op: str) -> None:
    operation: dict[str, Any] = {"op": op, "path": "emails", "value": [HOME, None, []]}
    after = patched(anna(emails=[WORK, HOME] if op == "remove" else [WORK]), operation)
    assert [email["value"] for email in after["emails"]] == [WORK["value"], *([HOME["value"]] if op == "add" else [])]


@pytest.mark.parametrize("value", [[None], [[]]])
def test_a_removal_of_nothing_never_empties_a_list(value: list[Any]) -> None:
    try:
        after = patched(anna(emails=[WORK]), {"op": "remove", "path": "emails", "value": value})
    except ScimError as refused:
        assert refused.status == 400
    else:
        assert len(after["emails"]) == 1


IN_USE = [URN, ENTERPRISE]


@pytest.mark.parametrize("rules", [TOLERANT, STRICT], ids=["tolerant", "strict"])
@pytest.mark.parametrize(
    ("operation", "is_accepted"),
    [
        ({"op": "add", "value": [ENTERPRISE]}, True),
        ({"op": "add", "value": [URN]}, True),
        ({"op": "add", "value": []}, True),
        ({"op": "replace", "value": IN_USE}, True),
        ({"op": "replace", "value": [urn.upper() for urn in IN_USE]}, True),
        ({"op": "replace", "value": [URN]}, False),
        ({"op": "replace", "value": [ENTERPRISE]}, False),
        ({"op": "remove"}, False),
    ],
    ids=str,
)
def test_schemas_are_what_the_attributes_make_them(operation: dict[str, Any], is_accepted: bool, rules: Rules) -> None:
    employee = anna(**{ENTERPRISE: {"department": "Law"}})
    if is_accepted:
        assert patched(employee, {**operation, "path": "schemas"}, rules=rules)["schemas"] == IN_USE
        return
    with pytest.raises(Mutability):
        patched(employee, {**operation, "path": "schemas"}, rules=rules)


def test_an_extension_can_be_added_to_schemas_before_its_attributes() -> None:
    announced = {"op": "add", "path": "schemas", "value": [ENTERPRISE]}
    assert patched(anna(), announced)["schemas"] == [URN]
    department = {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Law"}
    assert patched(anna(), announced, department)["schemas"] == IN_USE


@pytest.mark.parametrize(
    ("members", "got"),
    [
        ({}, "no value"),
        ({"op": None}, "null"),
        ({"op": True}, "a boolean"),
        ({"op": {"a": None}}, "an object"),
        ({"op": ["add"]}, "a list"),
        ({"op": "x" * 61}, '"' + "x" * 60 + '"'),
    ],
    ids=str,
)
def test_message_names_the_kind_of_an_op_that_is_not_a_string(members: dict[str, Any], got: str) -> None:
    with pytest.raises(ScimError) as refused:
        patched(anna(), {"path": "title", "value": "x", **members})
    assert refused.value.detail == f"Operations[0].op: expected add, replace, or remove, got {got}"


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
