"""RFC 7643 section 7: valid values of every attribute of the target's schemas in POST, PUT, and PATCH."""

from __future__ import annotations

from typing import Any

from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.model.definitions import points_at_a_resource
from conformance.model.likeness import COMPUTED
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import (
    body_with,
    body_without,
    different,
    fitting,
    fixed_parts,
    holds,
    is_empty,
    is_required,
    is_same,
    is_shown,
    is_writable,
    made,
    needed,
    shown,
    value_of,
    with_value,
)

LOST = "The provider assumes that the value is stored and never sends it again."
STORE = "Store every attribute that /Schemas lists, or remove it from /Schemas."


def is_visible(attribute: Attribute) -> bool:
    return is_writable(attribute) and attribute.returned != "never"


def is_part_of_one(attribute: Attribute) -> bool:
    """Whether it is a writable sub-attribute of a single complex attribute, and neither a reference nor computed."""
    if attribute.parent is None or attribute.parent.get("multiValued") or attribute.name in COMPUTED:
        return False
    pointing = points_at_a_resource(attribute.definition) or points_at_a_resource(attribute.parent)
    return attribute.mutability == "readWrite" and attribute.returned in ("default", "always") and not pointing


@requirement("RFC7643-7-11", "RFC7643-7-18", "RFC7643-7-19", "RFC7643-2.3-02", level="lie", consequence=LOST, fix=STORE)
@for_each_attribute(lambda attribute: is_shown(attribute) or is_visible(attribute))
def test_each_value_is_stored_on_create(scim: Session, attribute: Attribute) -> None:
    """POST must accept and store a valid value of each attribute; ignoring or altering the value is a warning."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    answer = scim.post(scim.target.need_type(attribute.resource_type), body_with(scim, attribute, value))
    _accepted(answer, attribute, "POST", 201)
    got = shown(scim, attribute, answer.json)
    if is_empty(got):  # RFC 7644 3.3 lets a server ignore or alter values
        scim.warn(f"POST ignores {attribute.path}", json_of(value)[:200], "no value")
    elif _of_one_type(got, value) and not is_same(attribute, value, got):
        scim.warn(f"POST alters {attribute.path}", json_of(value)[:200], json_of(got)[:200])
    else:
        holds(attribute, value, got, "POST")


@requirement("RFC7643-7-22", "RFC7644-3.5.1-04", level="lie", consequence=LOST, fix=STORE)
@for_each_attribute(is_visible)
def test_each_value_is_replaced_by_put(scim: Session, attribute: Attribute) -> None:
    """PUT with another value of an attribute must replace the stored value."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    body = body_with(scim, attribute, value)
    resource = made(scim, attribute.resource_type, body)
    other = different(scim, attribute, value)
    _accepted(scim.put(scim.path_of(resource), with_value(body, attribute, other)), attribute, "PUT", 200, 204)
    holds(attribute, other, shown(scim, attribute, resource), "PUT")


@requirement("RFC7643-7-22", "RFC7644-3.5.2-17", level="lie", consequence=LOST, fix=STORE)
@for_each_attribute(is_visible)
def test_each_value_is_added_replaced_and_removed_by_patch(scim: Session, attribute: Attribute) -> None:
    """PATCH must add, replace, and remove a value of each attribute, and replace it if the attribute is required."""
    attribute = needed(attribute)
    scim.target.need("patch")
    value = fitting(scim, attribute)
    body = body_with(scim, attribute, value) if is_required(attribute) else body_without(scim, attribute)
    resource = made(scim, attribute.resource_type, body)
    before = value_of(attribute, resource)
    if not is_required(attribute) and is_empty(before):  # RFC 7644 3.3 lets a server assign a value itself
        _patched(scim, attribute, resource, "add", value)
    other = different(scim, attribute, value)
    _patched(scim, attribute, resource, "replace", other)
    if is_required(attribute) or fixed_parts(attribute):
        return
    answer = scim.patch(scim.path_of(resource), {"op": "remove", "path": attribute.path})
    _accepted(answer, attribute, "PATCH remove", 200, 204)
    left = shown(scim, attribute, resource)
    if not is_empty(left) and not is_same(attribute, before, left):
        raise Finding(f"{attribute.path} still has a value after PATCH remove", "no value", json_of(left)[:200])


@requirement("RFC7643-7-22", "RFC7644-3.5.2-09", level="lie", consequence=LOST, fix=STORE)
@for_each_attribute(is_part_of_one)
def test_each_part_is_patched_by_its_path(scim: Session, attribute: Attribute) -> None:
    """PATCH of a sub-attribute by its path, such as `name.givenName`, must change only this sub-attribute."""
    attribute = needed(attribute)
    scim.target.need("patch")
    assert attribute.parent is not None
    whole = Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)
    value = fitting(scim, whole)
    resource = made(scim, attribute.resource_type, body_with(scim, whole, value))
    other = different(scim, attribute, value.get(attribute.name))
    _patched(scim, attribute, resource, "replace", other)
    holds(whole, {**value, attribute.name: other}, shown(scim, whole, resource), f"replace of {attribute.path}")


def _patched(scim: Session, attribute: Attribute, resource: dict[str, Any], op: str, value: Any) -> None:
    """Send one operation with the attribute's path; a GET must show the new value."""
    answer = scim.patch(scim.path_of(resource), {"op": op, "path": attribute.path, "value": value})
    _accepted(answer, attribute, f"PATCH {op}", 200, 204)
    holds(attribute, value, shown(scim, attribute, resource), f"PATCH {op}")


def _of_one_type(got: Any, value: Any) -> bool:
    return isinstance(got, type(value)) and isinstance(got, bool) is isinstance(value, bool)


def _accepted(answer: Answer, attribute: Attribute, told: str, *statuses: int) -> None:
    """The server must have accepted the value; rejecting it has the level "refusal"."""
    if answer.status not in statuses:
        got = answer.told
        wanted = " or ".join(map(str, statuses))
        raise Finding(f"the server rejects {told} with a valid value of {attribute.path}", wanted, got, level="refusal")
