"""RFC 7643 section 7: the server enforces mutability, uniqueness, and required as it declares them."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import parts_of, points_at_a_resource
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import (
    COMMON,
    body_with,
    body_without,
    different,
    fitting,
    holds,
    if_shared,
    immutable,
    is_required,
    is_same,
    is_top,
    made,
    needed,
    shown,
    value_of,
    with_value,
)
from conformance.values.any_value import another_value

Json = dict[str, Any]


def is_read_only(attribute: Attribute) -> bool:
    """Whether the attribute itself is readOnly; sub-attributes of lists and of readOnly attributes do not count."""
    if attribute.parent is None:
        return attribute.mutability == "readOnly" and attribute.name not in COMMON
    plain = not attribute.parent.get("multiValued") and attribute.parent["name"] not in COMMON
    return plain and attribute.definition.get("mutability") == "readOnly" != attribute.parent.get("mutability")


def is_unique(attribute: Attribute) -> bool:
    settable = attribute.mutability in ("readWrite", "immutable")
    return is_top(attribute) and settable and not parts_of(attribute.definition) and attribute.uniqueness != "none"


@requirement(
    "RFC7643-7-21",
    "RFC7644-3.5.1-12",
    level="lie",
    consequence="An outdated copy at the provider overwrites values that only the server may set.",
    fix="Ignore readOnly attributes in POST and PUT.",
)
@for_each_attribute(is_read_only)
def test_read_only_values_are_ignored_by_post_and_put(scim: Session, attribute: Attribute) -> None:
    """POST and PUT with a readOnly attribute must ignore its value; rejecting the request is a warning."""
    attribute = needed(attribute)
    body = _host(scim, attribute)
    resource = made(scim, attribute.resource_type, body)
    own = shown(scim, attribute, resource)
    intruder = _fabricated(scim, attribute, own)
    endpoint, again = scim.target.need_type(attribute.resource_type), _host(scim, attribute)
    answers = {
        "POST": scim.post(endpoint, with_value(again, attribute, intruder)),
        "PUT": scim.put(scim.path_of(resource), with_value(body, attribute, intruder)),
    }
    for method, answer in answers.items():
        if answer.status == 400:
            scim.warn(
                f"the server rejects {method} with the readOnly {attribute.path} instead of ignoring it", "2xx", "400"
            )
            continue
        expect.status(answer, 201 if method == "POST" else 200)
        _untouched(scim, attribute, resource if method == "PUT" else answer.json, intruder, own, method)


@requirement(
    "RFC7643-7-21", "RFC7644-3.5.2-14", "RFC7644-3.5.2-16", level="lie", fix="Reject the operation with 400 mutability."
)
@for_each_attribute(is_read_only)
def test_read_only_values_are_refused_by_patch(scim: Session, attribute: Attribute) -> None:
    """PATCH of a readOnly attribute must be rejected and must not change it; ignoring it with a 2xx is a warning."""
    attribute = needed(attribute)
    scim.target.need("patch")
    resource = made(scim, attribute.resource_type, _host(scim, attribute))
    own = shown(scim, attribute, resource)
    intruder = _fabricated(scim, attribute, own)
    change = {"op": "replace", "path": attribute.path, "value": intruder}
    answer = scim.patch(scim.path_of(resource), change)
    _untouched(scim, attribute, resource, intruder, own, "PATCH")
    if 200 <= answer.status < 300:
        scim.warn(f"the server silently ignores a PATCH of the readOnly {attribute.path}", "400 mutability", "2xx")
        return
    expect.scim_error(answer, 400)


@requirement(
    "RFC7643-7-23",
    "RFC7643-7-38",
    "RFC7644-3.5.1-09",
    "RFC7644-3.5.1-10",
    "RFC7644-3.5.1-11",
    "RFC7644-3.5.2-15",
    level="lie",
    fix="Store the first value, and reject any other value with 400 mutability.",
)
@for_each_resource_type
def test_immutable_values_are_set_once(scim: Session, type_name: str) -> None:
    """An immutable attribute must be settable by POST, or by PUT while it is empty, and must not change later."""
    for attribute in immutable(scim, type_name):
        value = fitting(scim, attribute)
        body = body_with(scim, attribute, value)
        resource = made(scim, type_name, body)
        holds(attribute, value, shown(scim, attribute, resource), "POST")
        other = different(scim, attribute, value)
        _refused_or_ignored(scim, attribute, scim.put(scim.path_of(resource), with_value(body, attribute, other)))
        holds(attribute, value, shown(scim, attribute, resource), "a PUT of another value")
        expect.status(scim.put(scim.path_of(resource), body), 200)
        if scim.target.offers("patch"):
            change = {"op": "replace", "path": attribute.path, "value": other}
            _refused_or_ignored(scim, attribute, scim.patch(scim.path_of(resource), change))
            holds(attribute, value, shown(scim, attribute, resource), "a PATCH to another value")
        within = (attribute.parent or {}).get("mutability") == "immutable"  # the parent attribute already has a value
        if not is_required(attribute) and not within:
            empty = body_without(scim, attribute)
            resource = made(scim, type_name, empty)
            expect.status(scim.put(scim.path_of(resource), with_value(empty, attribute, other)), 200)
            holds(attribute, other, shown(scim, attribute, resource), "a first value by PUT")


@requirement(
    "RFC7643-7-13",
    consequence="Incomplete resources are stored and cause errors later that are hard to trace.",
    fix="Reject the request with 400 invalidValue, or do not declare the attribute as required.",
)
@for_each_attribute(lambda attribute: is_top(attribute) and attribute.required)
def test_required_attributes_are_demanded(scim: Session, attribute: Attribute) -> None:
    """POST without a required attribute must be rejected; with it, it must be accepted."""
    attribute = needed(attribute)
    body = scim.body(attribute.resource_type)
    if value_of(attribute, body) is None:
        raise NotOffered(f"{attribute}: a required attribute that every resource of its type needs")
    made(scim, attribute.resource_type, body)
    answer = scim.post(scim.target.need_type(attribute.resource_type), body_without(scim, attribute))
    if answer.status == 201 and str(attribute) == "Group.displayName":
        scim.warn("the server accepts a group without displayName", "400", "201")  # only erratum 5368 requires it
        return
    expect.scim_error(answer, 400)


@requirement(
    "RFC7643-7-34",
    "RFC7643-7-35",
    level="lie",
    consequence="A person gets two accounts, and the provider changes the wrong one.",
    fix="Reject a duplicate with 409 uniqueness, and compare values according to caseExact.",
)
@for_each_attribute(is_unique)
def test_unique_values_are_taken_once(scim: Session, attribute: Attribute) -> None:
    """POST with an existing value of a unique attribute should get 409, in another case too unless caseExact (warning)."""
    attribute = needed(attribute)
    endpoint, value = scim.target.need_type(attribute.resource_type), fitting(scim, attribute)
    made(scim, attribute.resource_type, body_with(scim, attribute, value))
    made(scim, attribute.resource_type, body_with(scim, attribute, different(scim, attribute, value)))
    answer = scim.post(endpoint, body_with(scim, attribute, value))
    if answer.status == 201:
        raise Finding(f"two resources have the same {attribute.path}", "409", "201", if_shared(attribute))
    expect.keyword(scim, answer, 409, "uniqueness")
    if attribute.type == "string" and isinstance(value, str):
        answer = scim.post(endpoint, body_with(scim, attribute, value.swapcase()))
        if not attribute.case_exact and answer.status == 201:
            told = f"two resources have values of {attribute.path} that differ only in case"
            raise Finding(told, "409", "201", if_shared(attribute))
        if not attribute.case_exact:
            expect.keyword(scim, answer, 409, "uniqueness")
        elif answer.status == 409:
            scim.warn(f"the server ignores case in the unique {attribute.path}, which is caseExact", "201", "409")


@requirement("RFC7643-7-32", "RFC7644-3.5.1-16", "RFC7644-3.5.2-28", level="lie")
@for_each_attribute(lambda attribute: is_unique(attribute) and attribute.mutability == "readWrite")
def test_unique_values_are_not_taken_by_a_change(scim: Session, attribute: Attribute) -> None:
    """PUT and PATCH to an existing value of a unique attribute must be rejected with 409 or 400 and change nothing."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    made(scim, attribute.resource_type, body_with(scim, attribute, value))
    body = body_with(scim, attribute, different(scim, attribute, value))
    other = scim.read(made(scim, attribute.resource_type, body))
    changes = [scim.put(scim.path_of(other), with_value(body, attribute, value))]
    if scim.target.offers("patch"):
        change = {"op": "replace", "path": attribute.path, "value": value}
        changes.append(scim.patch(scim.path_of(other), change))
    if is_same(attribute, value, shown(scim, attribute, other)):
        raise Finding(f"two resources have the same {attribute.path}", "409 or 400", "a success", if_shared(attribute))
    for answer in changes:
        expect.scim_error(answer, (409, 400))
        if answer["scimType"] != "uniqueness":
            scim.warn(
                "the error does not have the scimType uniqueness", "scimType uniqueness", json_of(answer["scimType"])
            )


def _host(scim: Session, attribute: Attribute) -> Json:
    """A body without the readOnly attribute; for a sub-attribute, with all its siblings."""
    if attribute.parent is None:
        return body_without(scim, attribute)
    whole = Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)
    return body_with(scim, whole, fitting(scim, whole))


def _fabricated(scim: Session, attribute: Attribute, own: Any) -> Any:
    """A made-up value for the readOnly attribute; a reference points to an existing resource."""
    if points_at_a_resource(attribute.definition) and not _lacks_type(scim, attribute):
        return fitting(scim, attribute)
    parts = [{**part, "mutability": "readWrite", "referenceTypes": ["uri"]} for part in parts_of(attribute.definition)]
    definition = {**attribute.definition, "mutability": "readWrite", **({"subAttributes": parts} if parts else {})}
    try:
        return another_value(definition, own, scim.random, mark=f"{scim.name()}-intruder")
    except ValueError:
        raise NotOffered(f"a second value for {attribute}") from None


def _lacks_type(scim: Session, attribute: Attribute) -> bool:
    """Whether the target has none of the types that the attribute may refer to."""
    holders = [attribute.definition, *parts_of(attribute.definition)]
    names = {str(name) for holder in holders for name in holder.get("referenceTypes") or ()}
    return bool(names) and not names & set(scim.target.type_names())


def _untouched(scim: Session, attribute: Attribute, resource: Json, intruder: Any, own: Any, after: str) -> None:
    """The resource must not show anything of the client's value that the server had not set itself."""
    got = shown(scim, attribute, resource)
    if stolen := (_leaves(intruder) - _leaves(own)) & _leaves(got):
        raise Finding(f"{after} changes the readOnly {attribute.path} to the sent value", json_of(own), json_of(stolen))


def _leaves(value: Any, name: str = "") -> set[tuple[str, str]]:
    """(name, value as a string) of every simple value, except type and primary, which often agree by chance."""
    if isinstance(value, list):
        return {leaf for one in value for leaf in _leaves(one, name)}
    if isinstance(value, dict):
        return {leaf for key, one in value.items() if key not in ("type", "primary") for leaf in _leaves(one, key)}
    return set() if value is None else {(name, str(value).lower())}


def _refused_or_ignored(scim: Session, attribute: Attribute, answer: Answer) -> None:
    """The response must be 400 mutability; a success is a warning, and the caller verifies that nothing changed."""
    if 200 <= answer.status < 300:
        scim.warn(
            f"the server does not reject another value of the immutable {attribute.path}",
            "400 mutability",
            str(answer.status),
        )
        return
    expect.keyword(scim, answer, 400, "mutability")
