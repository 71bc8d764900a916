"""Written resources: what a POST and a PUT store, what is rejected, and with which message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.scim.errors import ScimError
from reference_server.scim.incoming import read_resource
from reference_server.scim.resource_type import ResourceType, resource_types
from reference_server.scim.schema import compile_schema
from reference_server.scim.tolerance import Rules

USER = resource_types().by_name["User"]


GROUP = resource_types().by_name["Group"]


URN = USER.schema.id


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


TOLERANT, STRICT = Rules(), Rules(strict=True)


def written(rules: Rules = TOLERANT, current: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    return read_resource({"schemas": [URN], "userName": "a", **attributes}, USER, rules, current=current)


@pytest.mark.parametrize(
    ("attributes", "stored"),
    [
        ({"displayName": "X"}, {"displayName": "X"}),
        ({"DISPLAYNAME": "X"}, {"displayName": "X"}),
        ({"nickName": None, "emails": [], "name": {}}, {}),
        ({"active": "True"}, {"active": True}),
        ({"password": "p", "groups": [{"value": "g"}], "meta": {"created": "x"}, "id": "own"}, {}),
        ({"unknown": {"a": 1}}, {}),
        ({"emails": {"value": "x@y"}}, {"emails": [{"value": "x@y"}]}),
        ({"emails": [{"value": "x@y", "unknown": 1, "type": None}]}, {"emails": [{"value": "x@y"}]}),
        ({ENTERPRISE: {"department": "S"}}, {ENTERPRISE: {"department": "S"}}),
        ({"department": "S", "manager": "m"}, {ENTERPRISE: {"department": "S", "manager": {"value": "m"}}}),
        (
            {ENTERPRISE: {"manager": {"value": "m", "$ref": "x", "displayName": "y"}}},
            {ENTERPRISE: {"manager": {"value": "m"}}},
        ),
        ({ENTERPRISE: {"manager": {"$ref": "../Users/m"}}}, {ENTERPRISE: {"manager": {"value": "m"}}}),
        ({ENTERPRISE: None}, {}),
        ({"roles": [], "x509Certificates": [{"value": "QUJD"}]}, {"x509Certificates": [{"value": "QUJD"}]}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_stored(attributes: dict[str, Any], stored: dict[str, Any]) -> None:
    resource = written(**attributes)
    assert {k: v for k, v in resource.items() if k not in ("schemas", "userName")} == stored
    assert resource["schemas"] == [URN, *([ENTERPRISE] if ENTERPRISE in stored else [])]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"userName": None}, "userName is required"),
        ({"userName": ""}, "userName is required"),
        ({"userName": 5}, "userName: expected a string, got a number"),
        ({"active": "maybe"}, 'active: expected true or false, got "maybe"'),
        ({"active": 1}, "active: expected true or false, got a number"),
        ({"emails": [{"value": 5}]}, "emails[0].value: expected a string, got a number"),
        ({"emails": [5]}, "emails[0]: expected an object, got a number"),
        ({"name": "x"}, "name: expected an object"),
        (
            {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
            "emails: more than one value is marked as primary",
        ),
        ({"x509Certificates": [{"value": "???"}]}, "expected base64"),
        ({"schemas": "x"}, "schemas: expected a list"),
        ({"schemas": ["x"]}, "schemas: expected"),
        ({"schemas": []}, "schemas: expected"),
        ({"displayName": "a", "DisplayName": "b"}, "displayName is given more than once"),
        ({ENTERPRISE: "x"}, "expected an object"),
        ({ENTERPRISE: {"manager": {}}, "title": 1}, "title: expected a string"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_rejected_is_said_clearly(attributes: dict[str, Any], words: str) -> None:
    with pytest.raises(ScimError) as refused:
        written(**attributes)
    assert refused.value.status == 400
    assert words in refused.value.detail


@pytest.mark.parametrize(
    "attributes",
    [{"unknown": 1}, {"active": "True"}, {"schemas": [URN, "urn:x"]}, {"emails": {"value": "x"}}, {"manager": "m"}],
    ids=str,
)
def test_strict_rejects_what_is_only_tolerated(attributes: dict[str, Any]) -> None:
    with pytest.raises(ScimError):
        written(STRICT, **attributes)


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_body_that_is_no_object_is_rejected(body: Any) -> None:
    with pytest.raises(ScimError):
        read_resource(body, USER, TOLERANT)


def test_put_that_leaves_out_active_does_not_reactivate() -> None:
    assert written(current={"id": "1", "active": False})["active"] is False


def test_put_clears_what_it_leaves_out() -> None:
    assert "title" not in written(current={"id": "1", "title": "T"})


def test_immutable_value_cannot_be_replaced_and_stays_when_left_out() -> None:
    document = {"id": "urn:x:Device", "attributes": [{"name": "serial", "mutability": "immutable", "required": True}]}
    rtype = ResourceType(
        {"name": "Device", "endpoint": "/Devices", "schema": "urn:x:Device"}, {"urn:x:Device": compile_schema(document)}
    )
    current = {"id": "1", "serial": "A"}
    body = {"schemas": ["urn:x:Device"]}
    assert read_resource(body, rtype, TOLERANT, current=current)["serial"] == "A"
    with pytest.raises(ScimError, match="immutable"):
        read_resource({**body, "serial": "B"}, rtype, TOLERANT, current=current)


def test_group_without_name_is_rejected() -> None:
    with pytest.raises(ScimError, match="displayName is required"):
        read_resource({"schemas": [GROUP.schema.id]}, GROUP, TOLERANT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "type", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


NAMES = st.sampled_from(["userName", "name", "emails", "active", "schemas", "groups", "meta", "id", ENTERPRISE, "zz"])


@given(st.dictionaries(NAMES, JSON, max_size=5))
def test_reading_raises_nothing_but_scim_errors(body: dict[str, Any]) -> None:
    try:
        read_resource(body, USER, TOLERANT)
    except ScimError as error:
        assert error.status == 400
