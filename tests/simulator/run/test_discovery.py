"""What a target says about itself is believed: whether it has groups, and which attributes it knows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.mapping.target_path import ENTERPRISE_URN, USER_URN
from simulator.run.discovery import Discovered, discover
from simulator.wire.client import ScimClient
from tests.fake_target import Answer, Received, fake_target

USER_TYPE = {"id": "User", "endpoint": "/Users"}
GROUP_TYPE = {"id": "Group", "endpoint": "/Groups/"}


def listed(*resources: Any) -> Answer:
    return 200, {"totalResults": len(resources), "Resources": list(resources)}


def discovered(**answers: Answer) -> Discovered:
    """What is found in a target that answers these paths so, and all others well."""

    def rule(request: Received) -> Answer | str:
        return answers.get(request.path.partition("?")[0].rpartition("/")[2], "well")

    async def run() -> Discovered:
        with fake_target(rule) as target:
            async with ScimClient(target.url, "a-secret-token") as client:
                return await discover(client)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answers", "no_groups", "broken_groups"),
    [
        ({}, "", ""),
        ({"ResourceTypes": (404, {})}, "", ""),
        ({"ResourceTypes": (200, "nonsense")}, "", ""),
        ({"ResourceTypes": listed(USER_TYPE, GROUP_TYPE)}, "", ""),
        ({"ResourceTypes": (200, [USER_TYPE])}, "/ResourceTypes lists no groups", ""),
        ({"ResourceTypes": listed(USER_TYPE), "Groups": (500, {})}, "/ResourceTypes lists no groups", ""),
        ({"ResourceTypes": listed({"id": "Device", "endpoint": "/Devices"})}, "", ""),  # without users it says nothing
        ({"Groups": (404, {})}, "GET /Groups returned 404", ""),
        ({"Groups": (501, {})}, "GET /Groups returned 501", ""),
        ({"Groups": (500, {}), "ResourceTypes": listed(USER_TYPE, GROUP_TYPE)}, "", "GET /Groups returned 500"),
        ({"Groups": (401, {})}, "", ""),  # the connection test reports a rejected token
        ({"Groups": None}, "", ""),
    ],
)
def test_groups_are_believed_to_be_there_unless_the_target_says_otherwise(
    answers: dict[str, Answer], no_groups: str, broken_groups: str
) -> None:
    found = discovered(**answers)
    assert (found.no_groups, found.broken_groups) == (no_groups, broken_groups)
    assert found.has_groups == (not no_groups and not broken_groups)


def row(target: str) -> AttributeMapping:
    return AttributeMapping(target, None)


SCHEMAS = listed(
    {"id": USER_URN, "attributes": [
        {"name": "userName"}, {"name": "active"}, {"name": "name", "subAttributes": [{"name": "givenName"}]},
        {"name": "emails", "subAttributes": [{"name": "value"}, {"name": "type"}]}, {"name": "roles"},
    ]},
    {"id": ENTERPRISE_URN.upper(), "attributes": [{"name": "department"}]},
    "nonsense", {"attributes": 7},
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("userName", True),
        ("USERNAME", True),
        ("externalId", True),
        ("name.givenName", True),
        ("name.middleName", False),
        ('emails[type eq "work"].value', True),
        ('emails[type eq "work"].display', False),
        ("roles", True),
        ('roles[primary eq "True"].value', True),
        ("title", False),
        (f"{ENTERPRISE_URN}:department", True),
        (f"{ENTERPRISE_URN}:costCenter", False),
        ("urn:ietf:params:scim:schemas:extension:badge:2.0:User:badge", False),
    ],
)
def test_a_mapping_target_that_no_schema_has_is_reported(path: str, is_known: bool) -> None:
    schema = SynchronizationSchema(ObjectMapping((row(path),)), default_mapping("group"))
    told = [] if is_known else [f"The mapping writes attributes that the target's /Schemas does not list: {path}"]
    assert discovered(Schemas=SCHEMAS).remarks(schema) == told
    assert discovered().remarks(schema) == [], "a target that shows no schemas says nothing about attributes"
