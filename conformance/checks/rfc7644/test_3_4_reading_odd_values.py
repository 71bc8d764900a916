"""RFC 7644 section 3.4: a value that the server has accepted can be read, in a single resource and in lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.topics.odd_values import must_be_listed, must_be_readable, odd_values
from conformance.topics.one_attribute import body_with, is_shown, needed

POISONED = "One unusual value in one account breaks every list: imports stop, and no user can be found or deactivated."
CHANGES = 4  # odd values that are also sent with PATCH or PUT; the others are sent only with POST
FIX = "Validate values when they are written, and make sure that one invalid row cannot break a whole list."


@pytest.mark.alone
@for_each_attribute(is_shown)
@requirement(
    "RFC7644-3.4.1-01",
    "RFC7644-3.4.2-12",
    "RFC7643-2.3-02",
    level="lie",
    consequence=POISONED,
    fix=FIX,
)
def test_accepted_odd_value_can_be_read(scim: Session, attribute: Attribute) -> None:
    """Odd values (empty, wrong type, no value) must be rejected or be readable in a single resource and in lists."""
    attribute = needed(attribute)
    endpoint = scim.target.need_type(attribute.resource_type)
    changed = scim.new(attribute.resource_type)
    told = "every odd value was rejected"
    for number, value in enumerate(odd_values(attribute.definition, scim.name())):
        made = scim.post(endpoint, body_with(scim, attribute, value))
        told = _judged(scim, attribute, "POST", value, made, made.json) or told
        if attribute.mutability == "readWrite" and number < CHANGES:
            door = "PUT" if number % 2 or not scim.target.offers("patch") else "PATCH"
            told = (
                _judged(scim, attribute, door, value, _change(scim, attribute, value, door, changed), changed) or told
            )
    must_be_listed(scim, endpoint, told)


def _change(scim: Session, attribute: Attribute, value: Any, door: str, resource: dict[str, Any]) -> Answer:
    """Send an odd value with PATCH or PUT."""
    path = scim.path_of(resource)
    if door == "PATCH":
        return scim.patch(path, {"op": "replace", "path": attribute.path, "value": value})
    return scim.put(path, body_with(scim, attribute, value))


def _judged(scim: Session, attribute: Attribute, door: str, value: Any, answer: Answer, resource: Any) -> str:
    """Describe the request if the server may have stored the value, which must then be readable; empty after a rejection."""
    if 400 <= answer.status < 500 or not isinstance(resource, dict) or "id" not in resource:
        return ""
    told = f"{answer.status} to {door} of {attribute.path}: {json.dumps(value, ensure_ascii=False)[:120]}"
    must_be_readable(scim, attribute, resource, told)
    return told
