"""One attribute of a type: what its declaration allows, where its value belongs, and when two values are the same."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.one_attribute import (
    body_with,
    body_without,
    different,
    fitting,
    holds,
    if_shared,
    immutable,
    is_empty,
    is_part,
    is_required,
    is_same,
    is_shown,
    is_writable,
    made,
    needed,
    part_with,
    shown,
    those,
    value_of,
    with_value,
)
from tests.conformance.published import DEVICE_TARGET, TAG_URN, TARGET
from tests.conformance.topics.sessions import attribute, error, session
from tests.fake_target import fake_target

DEPARTMENT = f"{ENTERPRISE_URN}:department"


@pytest.mark.parametrize(
    ("path", "type_name", "writable", "shown_", "required"),
    [
        ("title", "User", True, True, False),
        ("userName", "User", True, True, True),
        ("displayName", "Group", True, True, True),
        ("password", "User", False, False, False),
        ("groups", "User", False, False, False),
        ("name.givenName", "User", False, False, False),
        (DEPARTMENT, "User", True, True, False),
        ("serial", "Device", True, True, True),
        ("model", "Device", False, True, False),
        ("state", "Device", False, False, False),
        ("secret", "Device", False, False, False),
    ],
)
def test_a_declaration_says_what_a_client_may_do(
    path: str, type_name: str, writable: bool, shown_: bool, required: bool
) -> None:
    found = attribute(path, type_name)
    assert (is_writable(found), is_shown(found), is_required(found)) == (writable, shown_, required)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name.givenName", True),
        ("name.formatted", False),  # servers write it from the other parts
        ("emails.value", False),
        (f"{ENTERPRISE_URN}:manager.value", True),
        (f"{ENTERPRISE_URN}:manager.$ref", False),
        ("title", False),
    ],
)
def test_parts_of_single_values_can_be_changed_alone(path: str, expected: bool) -> None:
    assert is_part(attribute(path)) is expected


def test_the_value_of_a_reference_is_the_id_of_a_new_resource() -> None:
    with fake_target() as target:
        scim, manager = session(target), attribute(f"{ENTERPRISE_URN}:manager.value")
        first = fitting(scim, manager)
        second = different(scim, manager, first)
        assert [f"Users/{first}", f"Users/{second}"] == list(target.resources)


def test_attributes_are_chosen_by_their_characteristics() -> None:
    scim = session(known=DEVICE_TARGET)
    assert [one.path for one in those(scim, "Device", mutability="immutable")] == ["model"]
    assert [one.path for one in immutable(scim, "Device")] == ["model"]
    with pytest.raises(NotOffered, match="an attribute that is request"):
        those(scim, "Device", returned="request")
    for missing in (lambda: those(scim, None, returned="never"), lambda: needed(None)):
        with pytest.raises(NotOffered):
            missing()


def test_the_parts_of_an_immutable_reference_follow_its_value() -> None:
    enterprise = deepcopy(TARGET.schemas[ENTERPRISE_URN])
    manager = next(one for one in enterprise["attributes"] if one["name"] == "manager")
    manager["mutability"] = "immutable"
    scim = session(known=replace(TARGET, schemas={**TARGET.schemas, ENTERPRISE_URN: enterprise}))
    assert [one.name for one in immutable(scim, "User")] == ["manager"]
    manager["mutability"] = "readWrite"
    with pytest.raises(NotOffered, match="an attribute that is immutable"):
        immutable(scim, "User")


@pytest.mark.parametrize("path", ["title", "active", "emails", "name", DEPARTMENT])
def test_a_fitting_value_is_the_same_as_itself_and_another_one_is_not(path: str) -> None:
    scim, found = session(), attribute(path)
    value = fitting(scim, found)
    assert is_same(found, value, value)
    assert not is_same(found, value, different(scim, found, value))


def test_a_reference_is_to_a_resource_that_was_created_for_it() -> None:
    with fake_target() as target:
        value = fitting(session(target), attribute("members", "Group"))
        assert [f"Users/{member['value']}" for member in value] == list(target.resources)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("title", {"schemas": [USER_URN], "title": "x"}),
        ("name.givenName", {"schemas": [USER_URN], "name": {"givenName": "x"}}),
        (DEPARTMENT, {"schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: {"department": "x"}}),
    ],
)
def test_a_value_is_put_in_its_place_and_the_extension_among_the_schemas(path: str, expected: dict[str, Any]) -> None:
    body = {"schemas": [USER_URN]}
    found = attribute(path)
    assert with_value(body, found, "x") == expected
    assert body == {"schemas": [USER_URN]}
    assert value_of(found, expected) == "x"
    assert with_value(expected, found, "y")["schemas"] == expected["schemas"]


def test_neighbors_of_a_value_stay() -> None:
    body = {"schemas": [USER_URN, ENTERPRISE_URN], "name": {"familyName": "B"}, ENTERPRISE_URN: {"division": "N"}}
    assert with_value(body, attribute("name.givenName"), "A")["name"] == {"familyName": "B", "givenName": "A"}
    assert with_value(body, attribute(DEPARTMENT), "IT")[ENTERPRISE_URN] == {"division": "N", "department": "IT"}


def test_a_body_without_a_required_attribute_keeps_everything_else() -> None:
    scim = session(known=DEVICE_TARGET)
    for path in ("serial", f"{TAG_URN}:colour"):
        found = attribute(path, "Device")
        body = body_without(scim, found)
        assert value_of(found, body) is None
        assert TAG_URN in body
        assert value_of(found, body_with(scim, found, "x")) == "x"


def test_a_body_without_a_sub_attribute_keeps_the_parts_beside_it() -> None:
    body = body_without(session(), attribute("name.givenName"))
    assert list(body["name"]) == ["familyName"]


@pytest.mark.parametrize(
    ("path", "resource", "value"),
    [
        ("title", {"TITLE": "x"}, "x"),
        ("name.givenName", {"Name": {"GIVENNAME": "x"}}, "x"),
        (DEPARTMENT, {ENTERPRISE_URN.upper(): {"Department": "x"}}, "x"),
        ("title", {}, None),
        ("name.givenName", {"name": "text"}, None),
        ("title", None, None),
    ],
)
def test_names_are_found_case_insensitively(path: str, resource: Any, value: Any) -> None:
    assert value_of(attribute(path), resource) == value


@pytest.mark.parametrize(
    ("path", "type_name", "sent", "got", "same"),
    [
        ("title", "User", "Lead", "LEAD", True),
        ("serial", "Device", "a1", "A1", False),
        ("colours", "Device", ["red", "blue"], ["blue", "red"], True),
        ("colours", "Device", ["red"], ["red", "red"], False),
        ("bought", "Device", "2026-03-02T05:00:00Z", "2026-03-02T07:00:00+02:00", True),
        ("bought", "Device", "2026-03-02T05:00:00Z", "2026-03-02T05:00:00+02:00", False),
        ("locked", "Device", True, "true", False),
        ("size", "Device", {"width": 1}, {"width": 1, "note": None}, True),
        ("size", "Device", {"width": 1}, {"width": 2}, False),
        ("title", "User", "Lead", None, False),
    ],
)
def test_case_counts_where_the_attribute_is_case_exact_and_order_does_not(
    path: str, type_name: str, sent: Any, got: Any, same: bool
) -> None:
    found = attribute(path, type_name)
    assert is_same(found, sent, got) is same
    if same:
        holds(found, sent, got, "POST")
    else:
        with pytest.raises(Finding, match=f"{path} does not have the sent value after POST"):
            holds(found, sent, got, "POST")


@pytest.mark.parametrize(
    ("value", "empty"),
    [(None, True), ("", True), ([], True), ({"a": {"b": None}}, True), (False, False), (0, False), ([""], False)],
)
def test_unassigned_values_are_empty(value: Any, empty: bool) -> None:
    assert is_empty(value) is empty


def test_a_part_that_a_client_cannot_set_is_left_out() -> None:
    assert part_with(attribute("emails"), "VALUE") is not None
    assert part_with(attribute("emails"), "nothing") is None
    manager = attribute(f"{ENTERPRISE_URN}:manager")
    read_only = [part["name"] for part in manager.definition["subAttributes"] if part.get("mutability") == "readOnly"]
    assert [part_with(manager, name) for name in read_only] == [None] * len(read_only)


@pytest.mark.parametrize(("status", "raised"), [(400, NotOffered), (500, Undecided), (200, Undecided)])
def test_a_value_that_the_server_rejects_is_judged_elsewhere(status: int, raised: type[Exception]) -> None:
    with fake_target(lambda request: error(status)) as target, pytest.raises(raised):
        made(session(target), "User", {"schemas": [], "title": "x"})


def test_a_value_that_is_returned_on_request_is_asked_for() -> None:
    with fake_target() as target:
        target.hold("Users", "1", title="x")
        found = attribute("title")
        assert shown(session(target), found, {"id": "1"}) == "x"
        on_request = type(found)("User", USER_URN, True, {**found.definition, "returned": "request"})
        assert shown(session(target), on_request, {"id": "1"}) == "x"
        assert [request.path for request in target.received] == ["/scim/Users/1", "/scim/Users/1?attributes=title"]


def test_only_a_shared_user_name_is_a_failure() -> None:
    assert if_shared(attribute("userName")) is None
    assert if_shared(attribute("displayName", "Group")) is Verdict.WARN
