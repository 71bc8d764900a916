"""Bodies for POST, from nothing but what the target publishes."""

from __future__ import annotations

import json
from random import Random

import pytest

from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import ENTERPRISE_URN, USER_URN, Target
from conformance.values.any_resource import any_resource, reference_to, thinned
from tests.conformance.published import DEVICE_TARGET, DEVICE_URN, DEVICES, TAG_URN, TARGET, USERS


def test_the_smallest_user_has_a_name_and_its_schema() -> None:
    body = any_resource(TARGET, "User", Random(1), "me", only_required=True)
    assert set(body) == {"schemas", "userName"}
    assert body["schemas"] == [USER_URN]


def test_the_smallest_group_has_a_name_whatever_the_schema_says() -> None:
    assert set(any_resource(TARGET, "Group", Random(1), "me", only_required=True)) == {"schemas", "displayName"}


def test_the_full_user_has_all_that_can_be_written_and_names_no_one_else() -> None:
    body = any_resource(TARGET, "User", Random(1), "me")
    writable = {one["name"] for _, one in USERS.every() if one.get("mutability") != "readOnly"} - {"manager"}
    assert {*body, *body[ENTERPRISE_URN]} - {"schemas", "externalId", ENTERPRISE_URN} == writable
    assert body["active"] is True
    assert body["schemas"] == [USER_URN, ENTERPRISE_URN]
    assert "groups" not in body


def test_required_extensions_and_required_parts_are_filled() -> None:
    body = any_resource(DEVICE_TARGET, "Device", Random(1), "me", only_required=True)
    assert set(body) == {"schemas", "serial", "ports", TAG_URN}
    assert set(body[TAG_URN]) == {"colour"}
    assert body["schemas"] == [DEVICE_URN, TAG_URN]


def test_a_reference_has_the_parts_that_the_schema_requires() -> None:
    user = {"id": "u1", "meta": {"location": "https://host/Users/u1"}}
    value, link = {"name": "value"}, {"name": "$ref", "type": "reference"}
    members = {"name": "members", "type": "complex", "multiValued": True}
    assert reference_to({**members, "subAttributes": [value, link]}, user) == [{"value": "u1"}]
    both = [{"value": "u1", "$ref": "https://host/Users/u1"}]
    assert reference_to({**members, "subAttributes": [value, {**link, "required": True}]}, user) == both
    assert reference_to({**members, "subAttributes": [link]}, user) == [{"$ref": "https://host/Users/u1"}]


def test_the_full_device_has_no_owner_and_no_state() -> None:
    body = any_resource(DEVICE_TARGET, "Device", Random(1), "me")
    assert not {"owner", "state"} & set(body)
    assert {"secret", "model", "size", "slots", "home"} <= set(body)


def test_without_schemas_a_user_is_made_of_the_rfc() -> None:
    assert set(any_resource(Target(), "User", Random(1), "me")) >= {"userName", "name", "emails", "active"}


def test_the_same_seed_gives_the_same_body() -> None:
    assert any_resource(TARGET, "User", Random(5), "me") == any_resource(TARGET, "User", Random(5), "me")


def test_a_type_that_is_not_there_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        any_resource(TARGET, "Device", Random(1), "me")


@pytest.mark.parametrize("seed", range(10))
def test_thinned_bodies_keep_what_is_required(seed: int) -> None:
    random = Random(seed)
    full = any_resource(DEVICE_TARGET, "Device", random, "me")
    less = thinned(full, DEVICES, random)
    assert {"schemas", "serial", "ports", TAG_URN} <= set(less)
    assert "colour" in less[TAG_URN]
    assert TAG_URN in less["schemas"]
    assert all("value" in one for one in less.get("slots", []))
    assert len(json.dumps(less)) < len(json.dumps(full))
    assert less.get("size", {"width": 1}).keys() >= {"width"}
