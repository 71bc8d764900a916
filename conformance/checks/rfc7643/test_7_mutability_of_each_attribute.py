"""RFC 7643 section 7: mutability, uniqueness and being required hold as the target declares them."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import parts_of, points_at_a_resource
from conformance.requirements.catalogue import requirement
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
    """readOnly itself; a part of a list has no path of its own, and one of a readOnly attribute goes with it."""
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
    consequence="A provider's stale copy overwrites what only the server may know.",
    fix="Drop readOnly values from POST and PUT.",
)
@for_each_attribute(is_read_only)
def test_read_only_values_are_ignored_by_post_and_put(scim: Session, attribute: Attribute) -> None:
    """A client's value of a readOnly attribute has no effect on create and on PUT."""
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
            scim.warn(f"{method} with the readOnly {attribute.path} is refused; it should be ignored", "2xx", "400")
            continue
        expect.status(answer, 201 if method == "POST" else 200)
        _untouched(scim, attribute, resource if method == "PUT" else answer.json, intruder, own, method)


@requirement("RFC7643-7-21", "RFC7644-3.5.2-14", "RFC7644-3.5.2-16", level="lie", fix="Answer 400 mutability.")
@for_each_attribute(is_read_only)
def test_read_only_values_are_refused_by_patch(scim: Session, attribute: Attribute) -> None:
    """PATCH of a readOnly attribute: 400 mutability, and nothing changes."""
    attribute = needed(attribute)
    scim.target.need("patch")
    resource = made(scim, attribute.resource_type, _host(scim, attribute))
    own = shown(scim, attribute, resource)
    intruder = _fabricated(scim, attribute, own)
    change = {"op": "replace", "path": attribute.path, "value": intruder}
    answer = scim.patch(scim.path_of(resource), change)
    _untouched(scim, attribute, resource, intruder, own, "PATCH")
    if 200 <= answer.status < 300:
        scim.warn(f"PATCH of the readOnly {attribute.path} is ignored without a word", "400 mutability", "2xx")
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
    fix="Set it once; answer 400 mutability when another value comes.",
)
@for_each_resource_type
def test_immutable_values_are_set_once(scim: Session, type_name: str) -> None:
    """An immutable attribute is set at creation, or by a PUT while it is empty, and then stays."""
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
        within = (attribute.parent or {}).get("mutability") == "immutable"  # then the value around it is set already
        if not is_required(attribute) and not within:
            empty = body_without(scim, attribute)
            resource = made(scim, type_name, empty)
            expect.status(scim.put(scim.path_of(resource), with_value(empty, attribute, other)), 200)
            holds(attribute, other, shown(scim, attribute, resource), "a first value by PUT")


@requirement(
    "RFC7643-7-13",
    consequence="Incomplete records pile up and fail later, where nobody knows why.",
    fix="Refuse it with 400 invalidValue, or do not declare it required.",
)
@for_each_attribute(lambda attribute: is_top(attribute) and attribute.required)
def test_required_attributes_are_demanded(scim: Session, attribute: Attribute) -> None:
    """A create without a required attribute is refused; with it, it succeeds."""
    attribute = needed(attribute)
    body = scim.body(attribute.resource_type)
    if value_of(attribute, body) is None:
        raise NotOffered(f"{attribute}: a required attribute that every resource of its type needs")
    made(scim, attribute.resource_type, body)
    answer = scim.post(scim.target.need_type(attribute.resource_type), body_without(scim, attribute))
    if answer.status == 201 and str(attribute) == "Group.displayName":
        scim.warn("a group without displayName is accepted", "400", "201")  # notes A-12
        return
    expect.scim_error(answer, 400)


@requirement(
    "RFC7643-7-34",
    "RFC7643-7-35",
    level="lie",
    consequence="Two accounts for one person, and the provider changes the wrong one.",
    fix="Answer 409 uniqueness, and compare as caseExact says.",
)
@for_each_attribute(is_unique)
def test_unique_values_are_taken_once(scim: Session, attribute: Attribute) -> None:
    """A second resource with the same value gives 409, in another case as well unless the attribute is caseExact."""
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
            told = f"two resources have a {attribute.path} that differs in case only"
            raise Finding(told, "409", "201", if_shared(attribute))
        if not attribute.case_exact:
            expect.keyword(scim, answer, 409, "uniqueness")
        elif answer.status == 409:
            scim.warn(f"{attribute.path} is caseExact, and the other case is taken as the same", "201", "409")


@requirement("RFC7643-7-32", "RFC7644-3.5.1-16", "RFC7644-3.5.2-28", level="lie")
@for_each_attribute(lambda attribute: is_unique(attribute) and attribute.mutability == "readWrite")
def test_unique_values_are_not_taken_by_a_change(scim: Session, attribute: Attribute) -> None:
    """PUT and PATCH to a value that another resource has: 409 or 400 uniqueness, and nothing changes."""
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
            scim.warn("the refusal does not say why", "scimType uniqueness", repr(answer["scimType"]))


def _host(scim: Session, attribute: Attribute) -> Json:
    """A body around a readOnly attribute: of a readOnly part, the complex value with everything else."""
    if attribute.parent is None:
        return body_without(scim, attribute)
    whole = Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)
    return body_with(scim, whole, fitting(scim, whole))


def _fabricated(scim: Session, attribute: Attribute, own: Any) -> Any:
    """What a client would like the readOnly attribute to be; a reference leads to a resource that exists."""
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
    """Nothing of the client's value is shown that the server had not put there itself."""
    got = shown(scim, attribute, resource)
    if stolen := (_leaves(intruder) - _leaves(own)) & _leaves(got):
        raise Finding(f"the readOnly {attribute.path} is what the client sent, after {after}", repr(own), repr(stolen))


def _leaves(value: Any, name: str = "") -> set[tuple[str, str]]:
    """(name, text) of every simple value within; those that say little, a type or a flag among others, left out."""
    if isinstance(value, list):
        return {leaf for one in value for leaf in _leaves(one, name)}
    if isinstance(value, dict):
        return {leaf for key, one in value.items() if key not in ("type", "primary") for leaf in _leaves(one, key)}
    return set() if value is None else {(name, str(value).lower())}


def _refused_or_ignored(scim: Session, attribute: Attribute, answer: Answer) -> None:
    """400 mutability is wanted; a success that changes nothing is a warning."""
    if 200 <= answer.status < 300:
        scim.warn(f"another value of the immutable {attribute.path} is no error", "400 mutability", str(answer.status))
        return
    expect.keyword(scim, answer, 400, "mutability")
