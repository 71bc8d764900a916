"""The attributes of a resource type, with and without published schemas."""

from __future__ import annotations

import pytest

from conformance.model.definitions import WITHOUT_SCHEMAS, definitions_of
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN, Target
from tests.conformance.published import DEVICES, TAG_URN, TARGET, USERS


def test_a_type_has_its_schema_and_its_extensions() -> None:
    assert list(USERS.by_urn) == [USER_URN, ENTERPRISE_URN]
    assert DEVICES.required_extensions == (TAG_URN,)
    found = USERS.attribute(ENTERPRISE_URN, "DEPARTMENT")
    assert found is not None
    assert found["name"] == "department"
    assert USERS.urn(ENTERPRISE_URN.upper()) == ENTERPRISE_URN


def test_the_common_attributes_belong_to_the_core() -> None:
    assert USERS.attribute(USER_URN, "externalid") is not None
    assert USERS.attribute(ENTERPRISE_URN, "externalId") is None


def test_without_schemas_there_is_what_every_user_has() -> None:
    assert definitions_of(Target(), "User").by_urn == {USER_URN: WITHOUT_SCHEMAS[USER_URN]}
    assert definitions_of(Target(), "Group").core == GROUP_URN


def test_an_extension_that_is_not_published_is_left_out() -> None:
    target = Target(resource_types=TARGET.resource_types, schemas={USER_URN: TARGET.schemas[USER_URN]})
    assert list(definitions_of(target, "User").by_urn) == [USER_URN]


@pytest.mark.parametrize(
    "target",
    [Target(), Target(resource_types=[{"name": "Device", "endpoint": "/D", "schema": "urn:x"}])],
    ids=["no such type", "no such schema"],
)
def test_what_is_not_there_is_not_offered(target: Target) -> None:
    with pytest.raises(NotOffered):
        definitions_of(target, "Device")
