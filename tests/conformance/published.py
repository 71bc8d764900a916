"""Targets that publish the RFC's schemas, and one with a resource type of its own that has every kind of attribute."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from conformance.model.definitions import Definitions, definitions_of
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN, Target

DEVICE_URN = "urn:example:params:scim:schemas:Device"
TAG_URN = "urn:example:params:scim:schemas:Tag"


def _schema(name: str) -> dict[str, Any]:
    return dict(json.loads((files("reference_server") / "scim" / "schemas" / f"{name}.json").read_text("utf-8")))


def _attribute(name: str, type_: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "multiValued": False, **more}


TARGET = Target(
    resource_types=[
        {
            "name": "User",
            "endpoint": "/Users",
            "schema": USER_URN,
            "schemaExtensions": [{"schema": ENTERPRISE_URN, "required": False}],
        },
        {"name": "Group", "endpoint": "/Groups", "schema": GROUP_URN},
    ],
    schemas={schema["id"]: schema for schema in map(_schema, ("user", "group", "enterprise_user"))},
)

DEVICE = {
    "id": DEVICE_URN,
    "attributes": [
        _attribute("serial", required=True, uniqueness="global", caseExact=True),
        _attribute("ports", "integer", required=True),
        _attribute("weight", "decimal"),
        _attribute("bought", "dateTime"),
        _attribute("firmware", "binary"),
        _attribute("locked", "boolean"),
        _attribute("model", mutability="immutable"),
        _attribute("secret", mutability="writeOnly", returned="never"),
        _attribute("state", mutability="readOnly"),
        _attribute("colours", multiValued=True),
        _attribute("owner", "reference", referenceTypes=["User"]),
        _attribute("home", "reference", referenceTypes=["external"]),
        _attribute(
            "slots",
            "complex",
            multiValued=True,
            subAttributes=[
                _attribute("value"),
                _attribute("type", canonicalValues=["left", "right"]),
                _attribute("primary", "boolean"),
                _attribute("stamp", mutability="immutable"),
            ],
        ),
        _attribute(
            "size", "complex", subAttributes=[_attribute("width", "integer", required=True), _attribute("note")]
        ),
    ],
}
TAG = {"id": TAG_URN, "attributes": [_attribute("colour", required=True), _attribute("note")]}
DEVICE_TARGET = Target(
    resource_types=[
        {
            "name": "Device",
            "endpoint": "/Devices",
            "schema": DEVICE_URN,
            "schemaExtensions": [{"schema": TAG_URN, "required": True}],
        }
    ],
    schemas={DEVICE_URN: DEVICE, TAG_URN: TAG},
)

USERS: Definitions = definitions_of(TARGET, "User")
GROUPS: Definitions = definitions_of(TARGET, "Group")
DEVICES: Definitions = definitions_of(DEVICE_TARGET, "Device")
