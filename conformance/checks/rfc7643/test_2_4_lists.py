"""RFC 7643 section 2.4: multi-valued attributes, their default sub-attributes, primary, and repeated values."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import by_declaration, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import parts_of, type_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.discovery_documents import definitions
from conformance.topics.one_attribute import is_top, value_of
from conformance.topics.round_trips import accepted, elements, full_body, tolerated
from conformance.topics.samples import address, addresses

PART_TYPES = {"primary": "boolean", "$ref": "reference", "type": "string", "display": "string"}


@requirement("RFC7643-2.4-01", consequence="The client cannot parse the resource, so its provisioning stops.")
@for_each_resource_type
def test_lists_are_arrays_even_of_one(scim: Session, type_name: str) -> None:
    """A multi-valued attribute must be an array even with one element, and a singular attribute must not be an array."""
    if type_name is None:
        raise NotOffered("a resource type")
    body = full_body(scim, type_name)
    lists = [name for name, value in body.items() if isinstance(value, list) and name != "schemas"]
    resource = scim.read(scim.new(type_name, **{**body, **{name: body[name][:1] for name in lists}}))
    for attribute in filter(is_top, scim.target.attributes(type_name)):
        value = value_of(attribute, resource)
        if value is not None and isinstance(value, list) is not attribute.multi_valued:
            raise Finding(
                f"{attribute.path} does not match its declared multiValued",
                f"multiValued {attribute.multi_valued}",
                json_of(value),
            )


@requirement("RFC7643-2.4-01")
def test_multi_valued_attributes_are_arrays(scim: Session) -> None:
    """emails must be an array of objects."""
    own = address(scim)
    emails = accepted(scim, emails=[{"value": own, "type": "work"}]).get("emails")
    first = emails[0] if isinstance(emails, list) and emails else None
    if not isinstance(first, dict) or str(first.get("value")).lower() != own:
        raise Finding("emails is not an array of objects", f'[{{"value": "{own}", …}}]', json_of(emails))


@requirement("RFC7643-2.4-02", level="cosmetic")
def test_predefined_parts_keep_their_types(scim: Session) -> None:
    """In multi-valued attributes, primary must be a boolean, $ref a reference, and type and display strings."""
    for declared in definitions(scim):
        kind = PART_TYPES.get(str(declared.definition.get("name")))
        in_list = declared.parent is not None and declared.parent.get("multiValued") is True
        if in_list and kind and type_of(declared.definition) != kind and not declared.schema.endswith(":Schema"):
            raise Finding(f"{declared.path} has the wrong type", kind, str(declared.definition.get("type")))


@requirement("RFC7643-2.4-03", level="lie", consequence="Clients send email to the address that happens to come first.")
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_at_most_one_value_is_primary(scim: Session, method: str) -> None:
    """Two primary values must be rejected, or at most one of them must be stored as primary."""
    work, home, _ = addresses(scim)
    body = scim.user_body(emails=[work, {**home, "primary": True}])
    if method == "POST":
        answer = scim.post(scim.users, body)
        user = answer.json if answer.status == 201 else {}
    else:
        user = scim.new_user(emails=[work])
        answer = scim.put(scim.path_of(user), {**body, "userName": user["userName"]})
    if answer.status == 400:
        expect.scim_error(answer, 400)
        return
    expect.status(answer, 201 if method == "POST" else 200)
    _at_most_one(_primaries(scim.read(user)))


@requirement("RFC7643-2.4-04", level="lie")
def test_missing_primary_counts_as_false(scim: Session) -> None:
    """A missing primary must count as false: at most one email is primary, and a filter on primary agrees with GET."""
    work, home, _ = addresses(scim)
    user = accepted(scim, emails=[{**work, "primary": None}, home])
    _at_most_one(_primaries(user))
    answer = scim.search(f'userName eq "{user["userName"]}" and emails[primary eq true]')
    expect.found(expect.evaluated(answer, "a filter in brackets"), *([user] if _primaries(user) else []))


@requirement("RFC7643-2.4-05", level="lie")
@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles"])
@by_declaration
def test_immutable_display_stays(scim: Session, name: str) -> None:
    """PATCH of a `display` that /Schemas declares immutable must be rejected and must not change it."""
    display = scim.target.need_attribute(USER_URN, f"{name}.display")
    if display.get("mutability") != "immutable":
        return  # the schema says otherwise, as section 2.4 allows
    value = f"https://check.example/{scim.name()}" if name == "photos" else address(scim)
    user = scim.new_user(**{name: [{"value": value, "type": "work", "display": "Before"}]})
    before = elements(scim.read(user), name)
    change = {"op": "replace", "path": f'{name}[value eq "{value}"].display', "value": "After"}
    answer = scim.patch(scim.path_of(user), change)
    expect.equal(elements(scim.read(user), name), before, name)
    expect.keyword(scim, answer, 400, "mutability")


@requirement("RFC7643-2.4-09", level="lie")
def test_one_value_may_have_two_types(scim: Session) -> None:
    """An address that is sent with two types should be stored in one or two elements, or be rejected (warning)."""
    work, home, _ = addresses(scim)
    user = tolerated(scim, "invalidValue", emails=[work, {**home, "value": work["value"]}])
    if user is not None:
        values = {str(item.get("value")).lower() for item in elements(user, "emails")}
        expect.equal(sorted(values), [work["value"]], "address of one or both elements")


@requirement("RFC7643-2.4-10", level="cosmetic", consequence="The list grows with every cycle.")
@pytest.mark.parametrize("how", ["POST", "PATCH"])
def test_repeated_value_is_returned_once(scim: Session, how: str) -> None:
    """A value that is sent twice with the same type should be returned once (warning)."""
    _, home, _ = addresses(scim)
    if how == "POST":
        user = tolerated(scim, "invalidValue", emails=[home, home])
        if user is None:
            return
    else:
        user = scim.new_user(emails=[home])
        answer = scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [home]})
        if answer.status >= 400:
            raise NotOffered("a PATCH that adds an email")
    expect.equal(len(elements(scim.read(user), "emails")), 1, "number of equal values")


@requirement("RFC7643-2.4-11", level="cosmetic")
def test_canonical_values_are_distinct_texts(scim: Session) -> None:
    """canonicalValues, if present, should be a list of distinct strings (warning)."""
    for declared in definitions(scim):
        for holder in [declared.definition, *parts_of(declared.definition)]:
            listed: Any = holder.get("canonicalValues", [])
            texts = isinstance(listed, list) and all(isinstance(item, str) for item in listed)
            if not texts or len(set(listed)) != len(listed):
                raise Finding(
                    f"canonicalValues of {declared.path} is not a list of distinct strings",
                    "distinct strings",
                    json_of(listed),
                )


def _primaries(user: dict[str, Any]) -> list[Any]:
    return [item.get("value") for item in elements(user, "emails") if item.get("primary") is True]


def _at_most_one(primaries: list[Any]) -> None:
    if len(primaries) > 1:
        raise Finding("more than one email is primary", "at most one", json_of(primaries))
