"""Files of custom schemas that cannot be used get one line that names the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import ServerDidNotStart, embedded_server

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


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "schemas/bad.json: not JSON"),
        ({"id": 1}, "schemas/bad.json: expected a schema"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("x", "number")]}, "x: type: expected one of"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("x"), attribute("X")]}, "X is declared twice"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("bad name")]}, "expected a name"),
        (DEVICE_TYPE, "Device"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "endpoint": "/Bulk"}], "endpoint"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "endpoint": "/users"}], "belongs to User"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "indexes": ["nothing"]}], "index nothing names no attribute"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(ServerDidNotStart) as told, embedded_server(data=drop(tmp_path, bad=document)):
        pass
    assert words in str(told.value)
    assert "schemas/bad.json" in str(told.value)
