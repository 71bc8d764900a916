"""Discovery: what a target declares, and what it leaves out."""

from __future__ import annotations

import pytest

from conformance.requirements.verdict import NotOffered
from conformance.target.client import Client
from conformance.target.discovery import ENTERPRISE_URN, USER_URN, Attribute, Target, discover
from tests.conformance.published import DEVICE_TARGET, TARGET
from tests.fake_target import fake_target


def test_attributes_have_the_paths_that_a_client_writes() -> None:
    paths = {attribute.path: attribute for attribute in TARGET.attributes("User")}
    assert {"userName", "name.givenName", f"{ENTERPRISE_URN}:department"} <= set(paths)
    assert paths["userName"].required
    assert paths["groups.value"].mutability == "readOnly"
    assert str(paths["name.givenName"]) == "User.name.givenName"
    device = {attribute.path: attribute for attribute in DEVICE_TARGET.attributes("Device")}
    assert device["slots.type"].value_in({"slots": [{"type": "left"}, "junk", {"type": "right"}]}) == ["left", "right"]
    assert paths[f"{ENTERPRISE_URN}:department"].value_in({ENTERPRISE_URN: {"department": "IT"}}) == "IT"


def test_what_the_schemas_lack_is_not_offered() -> None:
    assert TARGET.need_attribute(USER_URN, "NAME.givenname")["name"] == "givenName"
    for urn, path in ((USER_URN, "shoeSize"), (USER_URN, "name.shoeSize"), ("urn:nobody", "x")):
        with pytest.raises(NotOffered):
            TARGET.need_attribute(urn, path)


def test_a_definition_that_a_check_changes_stays_as_it_is_declared() -> None:
    """The target reads each definition once, and thousands of checks ask for it."""
    first = TARGET.need_attribute(USER_URN, "userName")
    first.update(name="changed", required=False)
    again = TARGET.need_attribute(USER_URN, "userName")
    assert (again["name"], again["required"]) == ("userName", True)


def test_immutable_attributes_are_those_of_the_top_level() -> None:
    slots = {"name": "slots", "mutability": "immutable", "subAttributes": [{"name": "type", "mutability": "immutable"}]}
    serial = {"name": "serial", "mutability": "immutable"}
    schemas = {"urn:device": {"id": "urn:device", "attributes": [slots, serial, {"name": "label"}]}}
    target = Target(
        resource_types=[{"name": "Device", "endpoint": "/Devices", "schema": "urn:device"}], schemas=schemas
    )
    assert [attribute.path for attribute in target.immutable("Device")] == ["slots", "serial"]
    assert target.immutable("Device") is target.immutable("Device")
    assert target.immutable("Nothing") == ()


@pytest.mark.parametrize(
    ("config", "feature", "offered"),
    [
        ({}, "patch", True),
        ({}, "bulk", False),
        ({"patch": {"supported": False}}, "patch", False),
        ({"bulk": {"supported": True}}, "bulk", True),
        ({"bulk": {"supported": "true"}}, "bulk", False),
    ],
)
def test_features_are_those_that_the_configuration_advertises(
    config: dict[str, object], feature: str, offered: bool
) -> None:
    target = Target(config=config)
    if offered:
        target.need(feature)
    else:
        with pytest.raises(NotOffered):
            target.need(feature)


@pytest.mark.parametrize("endpoint", ["/Users", "Users", "/scim/v2/Users", "https://host/scim/v2/Users/"])
def test_an_endpoint_is_relative_to_the_base_url(endpoint: str) -> None:
    target = Target(base_url="https://host/scim/v2")
    assert target.endpoint_of({"endpoint": endpoint}) == "/Users"


def test_resource_types_that_were_not_chosen_are_left_alone() -> None:
    chosen = Target(resource_types=TARGET.resource_types, only_types=("Group",))
    assert chosen.type_names() == ["Group"]
    assert chosen.need_type("Group") == "/Groups"
    with pytest.raises(NotOffered):
        chosen.need_type("User")


def test_a_broken_document_leaves_its_part_empty() -> None:
    with fake_target(lambda request: (200, ["junk"]) if "ResourceTypes" in request.path else (500, {})) as running:
        found = discover(Client(running.url, "token-of-a-test"), ("User",))
    assert (found.config, found.resource_types, found.schemas) == ({}, [], {})
    assert found.need_type("User") == "/Users"


@pytest.mark.parametrize(
    ("outer", "own", "expected"),
    [
        ("readWrite", "immutable", "immutable"),
        ("immutable", "readWrite", "immutable"),
        ("immutable", "readOnly", "readOnly"),
        ("readOnly", "readWrite", "readOnly"),
    ],
)
def test_the_narrower_mutability_holds_for_a_part(outer: str, own: str, expected: str) -> None:
    part = Attribute(
        "User", USER_URN, True, {"name": "display", "mutability": own}, {"name": "roles", "mutability": outer}
    )
    assert part.mutability == expected
