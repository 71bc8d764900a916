"""A custom resource type and the folder it is read from: what the tests of custom types share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DEVICE = "urn:example:params:scim:schemas:2.0:Device"


def attribute(name: str, type_: str = "string", **characteristics: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "multiValued": False, "description": name, **characteristics}


def reference(name: str, **characteristics: Any) -> dict[str, Any]:
    subs = [attribute("value"), attribute("$ref", "reference", referenceTypes=["User"]), attribute("display")]
    return attribute(name, "complex", subAttributes=subs, **characteristics)


DEVICE_SCHEMA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": DEVICE,
    "name": "Device",
    "description": "Laptops and phones",
    "attributes": [
        attribute("serialNumber", required=True, caseExact=True, uniqueness="server"),
        attribute("hostName", uniqueness="server"),
        attribute("assetTag", mutability="immutable"),
        attribute("pin", mutability="writeOnly", returned="never"),
        attribute("location", returned="request"),
        attribute("model", returned="always"),
        attribute("firmware", mutability="readOnly"),
        attribute("ports", "integer"),
        attribute("price", "decimal"),
        attribute("encrypted", "boolean"),
        attribute("bought", "dateTime"),
        attribute("certificate", "binary"),
        attribute("labels", multiValued=True),
        attribute(
            "slots",
            "complex",
            multiValued=True,
            subAttributes=[attribute("value"), attribute("type"), attribute("primary", "boolean")],
        ),
        reference("owner"),
        reference("sharedBy", multiValued=True),
    ],
}


DEVICE_TYPE = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    "id": "Device",
    "name": "Device",
    "endpoint": "/Devices",
    "schema": DEVICE,
    "indexes": ["serialNumber", "externalId"],
}


def drop(folder: Path, **files: Any) -> Path:
    schemas = folder / "data" / "schemas"
    schemas.mkdir(parents=True, exist_ok=True)
    for name, document in files.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (schemas / f"{name}.json").write_text(text, "utf-8")
    return folder / "data"
