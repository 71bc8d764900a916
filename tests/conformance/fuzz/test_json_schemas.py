"""JSON Schemas from SCIM schemas: what is sent has what can be written, what is returned has no secrets."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fuzz.json_schemas import definitions, patch_schema, refers, returned_schema, sent_schema, writable
from conformance.fuzz.openapi import described
from tests.conformance.published import DEVICE_TARGET, TAG_URN

(DEVICE,) = described(DEVICE_TARGET)


def test_a_body_to_send_has_every_writable_attribute_and_requires_the_required_ones() -> None:
    schema = sent_schema(DEVICE.urn, DEVICE.core, DEVICE.extensions)
    assert {"serial", "ports", "secret", "slots"} <= set(schema["properties"])
    assert "state" not in schema["properties"]
    assert {"schemas", "serial", "ports"} <= set(schema["required"])
    assert schema["properties"][TAG_URN]["required"] == ["colour"]


def test_a_returned_resource_may_hold_read_only_attributes_and_marks_those_that_are_never_returned() -> None:
    properties = returned_schema(DEVICE.core, DEVICE.extensions)["properties"]
    assert "state" in properties
    assert properties["secret"]["writeOnly"] is True


def test_patch_operations_add_replace_and_remove() -> None:
    sent = sent_schema(DEVICE.urn, DEVICE.core, DEVICE.extensions)
    text = str(patch_schema(sent, DEVICE.core, DEVICE.extensions))
    assert all(f"'{op}'" in text for op in ("add", "replace", "remove"))
    assert f"{TAG_URN}:colour" in text


@pytest.mark.parametrize("listed", [None, 3, "x", {}, [None, 3, {"name": ""}, {"name": 3}, {}]])
def test_what_is_not_an_attribute_is_passed_over(listed: Any) -> None:
    assert definitions(listed) == []


def test_references_and_mutability_are_read_from_the_definition() -> None:
    assert refers({"name": "members", "subAttributes": [{"name": "$ref"}]})
    assert not refers({"name": "emails", "subAttributes": [{"name": "value"}]})
    assert [writable({"name": "x", "mutability": word}) for word in ("readOnly", "writeOnly")] == [False, True]
