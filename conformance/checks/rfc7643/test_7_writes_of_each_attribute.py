"""RFC 7643 section 7, for each attribute: values of the wrong JSON type, and hidden values in responses to writes."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.model.definitions import type_of
from conformance.model.filter_model import held_by
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import (
    COMMON,
    HIDDEN,
    body_with,
    different,
    fitting,
    is_empty,
    made,
    needed,
    value_of,
    with_value,
)

JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "decimal": (int, float),
    "complex": dict,
}


def can_be_set(attribute: Attribute) -> bool:
    """Whether a client can set the attribute or sub-attribute, and responses contain it by default."""
    whole = _whole(attribute)
    settable = {attribute.mutability, whole.mutability} <= {"readWrite", "immutable"}
    seen = attribute.returned not in HIDDEN and whole.returned not in HIDDEN
    return whole.name not in COMMON and settable and seen


def is_hidden(attribute: Attribute) -> bool:
    secret = attribute.returned == "never" or attribute.mutability == "writeOnly"
    return attribute.parent is None and attribute.mutability in ("readWrite", "writeOnly") and secret


@requirement(
    "RFC7643-2.3-02",
    "RFC7644-3.12-25",
    level="lie",
    consequence="A single resource with a value of the wrong type makes clients fail, and whole imports with them.",
    fix="Validate each value against its declared type before you store it, and reject others with 400 invalidValue.",
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
@for_each_attribute(can_be_set)
def test_value_of_another_type_never_comes_back(scim: Session, attribute: Attribute, method: str) -> None:
    """A value of the wrong JSON type must get 400, or a value of the declared type must be stored."""
    attribute = needed(attribute)
    whole = _whole(attribute)
    value = fitting(scim, whole)
    body = body_with(scim, whole, value)
    odd = with_value(body, whole, _spoilt(value, attribute, scim.name()))
    if method == "POST":
        answer = scim.post(scim.target.need_type(attribute.resource_type), odd)
        resource = answer.json
    else:
        resource = made(scim, attribute.resource_type, body)
        answer = scim.put(scim.path_of(resource), odd)
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax", "mutability")
        return
    expect.status(answer, 201 if method == "POST" else 200)
    _of_its_type(attribute, value_of(whole, scim.read(resource)))


@requirement(
    "RFC7643-7-24",
    "RFC7643-7-27",
    level="lie",
    consequence="Secret values end up in the provider's logs.",
    fix="Omit attributes that are never returned where responses are serialized, not only in the handler of GET.",
)
@for_each_attribute(is_hidden)
def test_hidden_values_are_in_no_answer_to_a_write(scim: Session, attribute: Attribute) -> None:
    """An attribute that is never returned must not be in responses to PUT and PATCH, even if it is requested."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    body = body_with(scim, attribute, value)
    resource = made(scim, attribute.resource_type, body)
    path, asked = scim.path_of(resource), {"attributes": f"id,{attribute.path}"}
    answers = [scim.put(path, body), scim.put(path, body, parameters=asked)]
    if scim.target.offers("patch"):
        change = {"op": "replace", "path": attribute.path, "value": different(scim, attribute, value)}
        answers += [scim.patch(path, change), scim.patch(path, change, parameters=asked)]
    for answer in answers:
        if not is_empty(value_of(attribute, answer.json)):
            told = f"a value, in the response to {answer.exchange.method}"
            raise Finding(f"a response contains {attribute.path}", "no value", told)
    if not is_empty(value_of(attribute, scim.read(resource))):
        raise Finding(f"a response contains {attribute.path}", "no value", "a value, in the response to GET")


def _whole(attribute: Attribute) -> Attribute:
    """The top-level attribute that contains it, or the attribute itself."""
    if attribute.parent is None:
        return attribute
    return Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)


def _spoilt(value: Any, attribute: Attribute, mark: str) -> Any:
    """The value of the top-level attribute, with a value of the wrong JSON type for this attribute.

    For a simple attribute that is an object. It contains a mark, because a server may store it as a unique string.
    """
    odd: Any = 7 if attribute.multi_valued or type_of(attribute.definition) == "complex" else {"odd": mark}
    if attribute.parent is None:
        return odd
    if not isinstance(value, list):
        return {**value, attribute.name: odd}
    if not value or not isinstance(value[0], dict):
        raise NotOffered(f"{attribute}: an element with sub-attributes")
    return [{**value[0], attribute.name: odd}, *value[1:]]


def _of_its_type(attribute: Attribute, held: Any) -> None:
    """Each returned value must have the declared JSON type; a missing value is accepted."""
    if attribute.parent is not None:
        held = [held_by(one, attribute.name) for one in (held if isinstance(held, list) else [held])]
    elif held is not None and isinstance(held, list) is not attribute.multi_valued:
        raise Finding(
            f"{attribute.path} does not match its declared multiValued",
            f"multiValued {attribute.multi_valued}",
            json_of(held),
        )
    kind = type_of(attribute.definition)
    for one in held if isinstance(held, list) else [held]:
        fits = isinstance(one, JSON_TYPES.get(kind, str)) and isinstance(one, bool) is (kind == "boolean")
        if one is not None and not fits and not (isinstance(one, list) and attribute.parent is not None):
            raise Finding(f"the server stores {attribute.path} with the wrong JSON type", kind, json_of(one)[:160])
