"""RFC 7644 sections 3.3, 3.5, and 3.7: rules apply in every form of a write (POST, PUT, PATCH, Bulk)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.cases import by_declaration, for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of, parts_of, type_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import (
    COMMON,
    around,
    body_with,
    can_change,
    different,
    external_id,
    fitting,
    holds,
    if_shared,
    immutable,
    is_empty,
    is_part,
    is_required,
    is_same,
    is_top,
    made,
    needed,
    shown,
    value_of,
    with_value,
)
from conformance.topics.write_forms import (
    CHANGES,
    CREATES,
    FORMS,
    REMOVALS,
    all_forms,
    no_foreign_error,
    no_server_error,
    rejected,
    write,
)

Json = dict[str, Any]


def is_unique(attribute: Attribute) -> bool:
    plain = is_top(attribute) and not parts_of(attribute.definition)
    return plain and attribute.mutability == "readWrite" and attribute.uniqueness != "none"


@pytest.mark.parametrize("form", FORMS)
@requirement(
    "RFC7643-7-34",
    "RFC7644-3.12-20",
    "RFC7643-7-32",
    level="lie",
    consequence="Two accounts share an identifier, and the provider changes the wrong one, or its sync stops at a 500.",
    fix="Check uniqueness in the function that stores a resource, so that POST, PUT, PATCH, and Bulk all use it.",
)
@for_each_attribute(is_unique)
def test_taken_value_is_rejected_in_every_form(scim: Session, attribute: Attribute, form: str) -> None:
    """A unique value of another resource must be rejected with 409 or 400 in every form of a write (RFC 7643 section 7)."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    made(scim, attribute.resource_type, body_with(scim, attribute, value))
    body = body_with(scim, attribute, different(scim, attribute, value))
    other = None if form in CREATES else made(scim, attribute.resource_type, body)
    answer = write(scim, form, attribute, value, other)
    shared = answer.succeeded if other is None else is_same(attribute, value, shown(scim, attribute, other))
    if shared:
        told = f"two resources have the same {attribute.path} after {form}"
        raise Finding(told, "409 or 400", answer.told, if_shared(attribute))
    rejected(answer, *((409,) if form in CREATES else (409, 400)))


@pytest.mark.parametrize("form", FORMS)
@requirement(
    "RFC7643-3.1-14",
    "RFC7644-3.12-16",
    level="refusal",
    consequence="A provider that links a second account to the same user gets a 500 and retries forever.",
    fix=(
        "Do not require externalId to be unique, or handle violations of a unique index wherever a resource is stored."
    ),
)
@for_each_resource_type
def test_external_id_of_another_resource_is_no_server_error(scim: Session, type_name: str, form: str) -> None:
    """An externalId that another resource has must be stored or rejected with a 4xx, in every form of a write."""
    attribute = external_id(scim, type_name)
    value = scim.name()
    if not is_same(attribute, value, value_of(attribute, scim.read(scim.new(type_name, externalId=value)))):
        raise NotOffered(f"externalId of {type_name}")
    other = None if form in CREATES else scim.new(type_name)
    answer = write(scim, form, attribute, value, other)
    no_server_error(answer)
    no_foreign_error(answer)
    if other is not None and answer.succeeded:
        holds(attribute, value, value_of(attribute, scim.read(other)), form)


@requirement(
    "RFC7644-3.5.2.2-08",
    "RFC7643-7-13",
    "RFC7644-3.12-21",
    level="lie",
    consequence="An account without its identifier remains: no provider can match it, and the user cannot log in.",
    fix="Validate the result of a change like the body of a POST, and return 400 mutability or invalidValue.",
)
@pytest.mark.parametrize("form", REMOVALS)
@for_each_attribute(lambda one: (can_change(one) or is_part(one)) and is_required(one))
def test_required_value_is_removed_in_no_form(scim: Session, attribute: Attribute, form: str) -> None:
    """PUT, PATCH, or Bulk must not remove a required attribute; a PATCH that is ignored is a warning (RFC 7644 3.5.2.2)."""
    attribute = needed(attribute)
    whole = (
        around(attribute) if attribute.parent else attribute
    )  # a complex attribute with a single sub-attribute is removed as a whole
    body = _with_another(scim, attribute, body_with(scim, whole, fitting(scim, whole)))
    resource = made(scim, attribute.resource_type, body)
    value = shown(scim, attribute, resource)
    if attribute.parent and len(shown(scim, whole, resource) or ()) < 2:
        raise NotOffered(f"a sub-attribute of {whole} other than {attribute.name}")
    answer = write(scim, form, attribute, None, resource)
    no_server_error(answer)
    if is_empty(shown(scim, attribute, resource)):
        raise Finding(f"the required {attribute.path} is gone after {form}", "a 4xx, and the value kept", answer.told)
    holds(attribute, value, shown(scim, attribute, resource), form)
    if not answer.succeeded:
        rejected(answer)
    elif "PATCH" in form:  # PUT may keep attributes that the request omits
        scim.warn(
            f"{form} without the required attribute {attribute.path} succeeds and changes nothing", "400", answer.told
        )


@requirement(
    "RFC7643-2.5-02",
    "RFC7643-2.5-01",
    "RFC7644-3.12-16",
    level="lie",
    consequence=(
        "Entra and Okta clear attributes with null: the old value remains, or the sync of the user stops with an error."
    ),
    fix="Treat null as no value wherever a resource is stored.",
)
@for_each_attribute(lambda one: (can_change(one) or is_part(one)) and not is_required(one) and one.name != "active")
def test_null_unassigns_in_every_form(scim: Session, attribute: Attribute) -> None:
    """PATCH with null must clear an attribute in every form; rejecting it is a warning (RFC 7643 section 2.5)."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))

    def judge(form: str) -> None:
        answer = write(scim, form, attribute, None, resource)
        no_server_error(answer)
        held = shown(scim, attribute, resource)
        if not answer.succeeded:
            scim.warn(f"{form} of {attribute.path} is rejected", "2xx", answer.told)
        elif not is_empty(held) and (is_same(attribute, value, held) or "null" in (held, str(held).lower())):
            raise Finding(f"{attribute.path} is still there after {form}", "no value", json_of(held)[:160])
        write(scim, "PATCH replace", attribute, value, resource)

    all_forms([form for form in REMOVALS if "null" in form and "PATCH" in form], judge)


@requirement(
    "RFC7643-7-23",
    "RFC7644-3.5.1-10",
    "RFC7644-3.5.2-15",
    level="lie",
    consequence="The permanent identifiers of a resource change, and systems that rely on them lose track of it.",
    fix="Compare immutable values in the function that stores a resource, and return 400 mutability.",
)
@pytest.mark.parametrize("form", CHANGES)
@for_each_resource_type
@by_declaration
def test_immutable_value_is_changed_in_no_form(scim: Session, type_name: str | None, form: str) -> None:
    """An immutable attribute must keep its value in every form of a change; ignoring the change is a warning."""
    for attribute in immutable(scim, type_name):
        value = fitting(scim, attribute)
        resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))
        answer = write(scim, form, attribute, different(scim, attribute, value), resource)
        no_server_error(answer)
        holds(attribute, value, shown(scim, attribute, resource), form)
        if answer.succeeded:
            scim.warn(
                f"{form} of the immutable attribute {attribute.path} succeeds and changes nothing", "400", answer.told
            )


@requirement(
    "RFC7643-7-21",
    "RFC7644-3.5.2-14",
    level="lie",
    consequence="A client grants itself what only the server may grant.",
    fix=(
        "Ignore readOnly values in bodies, and reject PATCH operations on them, in one function that every write uses."
    ),
)
@for_each_attribute(lambda one: one.parent is None and one.mutability == "readOnly" and one.name not in COMMON)
def test_read_only_value_is_written_in_no_form(scim: Session, attribute: Attribute) -> None:
    """A readOnly attribute must not accept a value from the client in any form of a write (RFC 7643 section 7)."""
    attribute = needed(attribute)
    type_name, intruder = attribute.resource_type, _intruder(scim, attribute)
    resource = scim.new(type_name)

    def judge(form: str) -> None:
        answer = write(scim, form, attribute, intruder, resource)
        no_server_error(answer)
        if form in CREATES and not answer.path:
            return
        after = scim.get(answer.path).json if form in CREATES else scim.read(resource)
        if _within(intruder, value_of(attribute, after)):
            raise Finding(
                f"{form} sets the readOnly attribute {attribute.path} to the client's value", "ignored", answer.told
            )

    all_forms(list(FORMS), judge)


@requirement(
    "RFC7643-2.3-02",
    "RFC7644-3.12-25",
    level="lie",
    consequence="One resource with a value of the wrong type breaks every client that reads it, and whole imports.",
    fix="Check each value against its declared type wherever a resource is stored, not only for POST.",
)
@for_each_attribute(can_change)
def test_value_of_another_type_is_stored_in_no_form(scim: Session, attribute: Attribute) -> None:
    """A value of the wrong JSON type must be rejected or stored in the declared type, in every form of a change."""
    attribute = needed(attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, fitting(scim, attribute)))
    listed = attribute.multi_valued and type_of(attribute.definition) not in ("integer", "decimal")  # 7 may become [7]
    odd: Any = 7 if listed or type_of(attribute.definition) == "complex" else {"odd": scim.name()}

    def judge(form: str) -> None:
        answer = write(scim, form, attribute, odd, resource)
        no_server_error(answer)
        no_foreign_error(answer)
        held = value_of(attribute, scim.read(resource)) if answer.succeeded else None
        if held == odd or (isinstance(held, list) and odd in held):
            raise Finding(
                f"{form} stores {attribute.path} with the wrong type", type_of(attribute.definition), json_of(held)
            )

    all_forms([form for form in CHANGES if form != "PATCH with a path in another case"], judge)


def _with_another(scim: Session, attribute: Attribute, body: Json) -> Json:
    """The body with a second attribute of an optional extension, because an extension without any attribute is removed."""
    if (
        attribute.is_core
        or attribute.schema in definitions_of(scim.target, attribute.resource_type).required_extensions
    ):
        return body
    name = str((attribute.parent or attribute.definition)["name"])
    for one in scim.target.attributes(attribute.resource_type):
        if one.schema == attribute.schema and can_change(one) and one.name != name:
            return with_value(body, one, fitting(scim, one))
    raise NotOffered(f"a second attribute of {attribute.schema}")


def _intruder(scim: Session, attribute: Attribute) -> Any:
    """A value for a readOnly attribute that contains a marker which no server would generate."""
    mark = f"{scim.name()}-intruder"
    if type_of(attribute.definition) == "complex":
        parts = [str(one["name"]) for one in parts_of(attribute.definition) if type_of(one) in ("string", "reference")]
        value: Any = {name: mark for name in parts if name not in ("type", "$ref")}
    else:
        value = 987_654_321 if type_of(attribute.definition) in ("integer", "decimal") else mark
    if type_of(attribute.definition) not in ("complex", "string", "integer", "decimal") or not value:
        raise NotOffered(f"{attribute}: a value with a marker")
    return [value] if attribute.multi_valued else value


def _within(intruder: Any, held: Any) -> bool:
    """Whether the resource contains any of the client's values."""
    one = intruder[0] if isinstance(intruder, list) else intruder
    marks = one.values() if isinstance(one, dict) else [one]
    return any(json_of(mark) in json_of(held) for mark in marks)
