"""RFC 7643 section 7, on each attribute of the target: values of another JSON type, and answers to writes that hide."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.model.definitions import type_of
from conformance.model.filter_model import held_by
from conformance.requirements.catalogue import requirement
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
    """An attribute, or a part of one, that a client sets and a plain answer shows."""
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
    consequence="One record with a value of another type breaks every client that reads it, and whole imports with it.",
    fix="Compare each value with its declared type before it is stored; answer 400 invalidValue.",
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
@for_each_attribute(can_be_set)
def test_value_of_another_type_never_comes_back(scim: Session, attribute: Attribute, method: str) -> None:
    """An object for a text, a number for an object or a list: 400, or something of the declared type is stored."""
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
    consequence="Secrets end in the provider's logs.",
    fix="Drop what is never returned in the one place that writes resources, not in the handler of GET.",
)
@for_each_attribute(is_hidden)
def test_hidden_values_are_in_no_answer_to_a_write(scim: Session, attribute: Attribute) -> None:
    """What is never returned is missing in the answers to PUT and PATCH as well, even when it is asked for."""
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
            told = f"in the answer to {answer.exchange.method}"
            raise Finding(f"{attribute.path} is returned", "in no answer", told)
    if not is_empty(value_of(attribute, scim.read(resource))):
        raise Finding(f"{attribute.path} is returned", "in no answer", "in a GET")


def _whole(attribute: Attribute) -> Attribute:
    """The top-level attribute around it, or itself."""
    if attribute.parent is None:
        return attribute
    return Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)


def _spoilt(value: Any, attribute: Attribute, mark: str) -> Any:
    """The value of the whole attribute, with another JSON type in the place of this attribute.

    That is an object for whatever is simple, with a mark because a server may store its text, and want it to be unique.
    """
    odd: Any = 7 if attribute.multi_valued or type_of(attribute.definition) == "complex" else {"odd": mark}
    if attribute.parent is None:
        return odd
    if not isinstance(value, list):
        return {**value, attribute.name: odd}
    if not value or not isinstance(value[0], dict):
        raise NotOffered(f"{attribute}: a part of an element")
    return [{**value[0], attribute.name: odd}, *value[1:]]


def _of_its_type(attribute: Attribute, held: Any) -> None:
    """Each value that is shown has the JSON type of the declaration; none at all is fine."""
    if attribute.parent is not None:
        held = [held_by(one, attribute.name) for one in (held if isinstance(held, list) else [held])]
    elif held is not None and isinstance(held, list) is not attribute.multi_valued:
        raise Finding(f"{attribute.path} has the wrong plurality", f"multiValued {attribute.multi_valued}", repr(held))
    kind = type_of(attribute.definition)
    for one in held if isinstance(held, list) else [held]:
        fits = isinstance(one, JSON_TYPES.get(kind, str)) and isinstance(one, bool) is (kind == "boolean")
        if one is not None and not fits and not (isinstance(one, list) and attribute.parent is not None):
            raise Finding(f"{attribute.path} is stored in another type", kind, repr(one)[:160])
