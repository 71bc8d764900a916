"""RFC 7643 section 7: the server follows `returned`, `caseExact`, and canonical values as it declares them, and `primary`."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import named, parts_of, points_at_a_resource, type_of
from conformance.model.filter_model import held_by
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.topics.attribute_filters import scope_of
from conformance.topics.one_attribute import (
    HIDDEN,
    body_with,
    different,
    fitting,
    holds,
    is_empty,
    is_shown,
    made,
    needed,
    part_with,
    shown,
    those,
    value_of,
    with_value,
)
from conformance.values.any_value import any_value

Json = dict[str, Any]


def is_secret(attribute: Attribute) -> bool:
    settable = attribute.mutability in ("readWrite", "writeOnly")
    return attribute.parent is None and settable and "never" in (attribute.returned, _never(attribute))


def has_canonical_values(attribute: Attribute) -> bool:
    """Whether the attribute or its `type` has canonical values."""
    if not is_shown(attribute) or points_at_a_resource(attribute.definition):
        return False
    return bool(_canonical(attribute))


def has_primary(attribute: Attribute) -> bool:
    if not (is_shown(attribute) and attribute.multi_valued) or points_at_a_resource(attribute.definition):
        return False
    return part_with(attribute, "primary") is not None and part_with(attribute, "value") is not None


def keeps_case(attribute: Attribute) -> bool:
    """Whether it is a caseExact string, reference, or binary, at the top level or below, that a client can set."""
    whole = _whole(attribute)
    texts = attribute.case_exact and attribute.type in ("string", "reference", "binary")
    if attribute.definition.get("canonicalValues") or points_at_a_resource(whole.definition) or not texts:
        return False
    return is_shown(whole) and attribute.mutability != "readOnly" and attribute.returned in ("default", "always")


@requirement(
    "RFC7643-7-24",
    "RFC7643-7-27",
    "RFC7643-7-28",
    level="lie",
    consequence="Secret values end up in the provider's logs.",
    fix="Omit attributes that are writeOnly or returned never from every response.",
)
@for_each_attribute(is_secret)
def test_hidden_values_are_in_no_answer(scim: Session, attribute: Attribute) -> None:
    """An attribute that is never returned must not be in any response, even if it is requested."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    answer = scim.post(scim.target.need_type(attribute.resource_type), body_with(scim, attribute, value))
    if answer.status == 400:
        scim.note(f"POST rejects a resource with {attribute.path}")
        return
    resource = expect.status(answer, 201).json
    path, answers = scim.path_of(resource), [answer]
    answers += [scim.get(path), scim.get(path, attributes=attribute.path)]
    if scim.target.offers("filter"):
        endpoint, scope = scim.target.need_type(attribute.resource_type), scope_of(attribute.resource_type, [resource])
        answers += [scim.search(scope, endpoint), scim.search(f"({scope}) and {attribute.path} pr", endpoint)]
        expect.status(answers[-1], 200, 403, *expect.DECLINED)
    for shown_by in answers:
        listed = shown_by["Resources"] if isinstance(shown_by["Resources"], list) else [shown_by.json]
        if any(not is_empty(value_of(attribute, item)) for item in listed if isinstance(item, dict)):
            raise Finding(
                f"a response contains {attribute.path}",
                "no value",
                f"a value, in the response to {shown_by.exchange.method}",
            )


@requirement("RFC7643-7-39", "RFC7644-3.5.1-04", consequence="A changed password never reaches the application.")
@for_each_attribute(is_secret)
def test_hidden_values_can_be_changed(scim: Session, attribute: Attribute) -> None:
    """PUT and PATCH of an attribute that is never returned must be accepted."""
    attribute = needed(attribute)
    body = body_with(scim, attribute, fitting(scim, attribute))
    answer = scim.post(scim.target.need_type(attribute.resource_type), body)
    if answer.status != 201 or (attribute.name == "password" and not scim.target.offers("changePassword")):
        raise NotOffered(f"{attribute}: a changeable value")
    other = different(scim, attribute, None)
    expect.status(scim.put(scim.path_of(answer.json), with_value(body, attribute, other)), 200)
    change = {"op": "replace", "path": attribute.path, "value": different(scim, attribute, other)}
    expect.written(scim.patch(scim.path_of(answer.json), change))


@requirement(
    "RFC7643-7-26",
    "RFC7644-3.4.2.5-06",
    fix="Add attributes that are always returned to every response, regardless of attributes and excludedAttributes.",
)
@for_each_resource_type
def test_what_is_always_returned_survives_projections(scim: Session, type_name: str) -> None:
    """Attributes that are always returned, such as id, must be returned regardless of attributes and excludedAttributes."""
    if type_name is None:
        raise NotOffered("a resource type")
    definition = {"name": "id", "type": "string", "returned": "always", "mutability": "readOnly"}
    always = [a for a in scim.target.attributes(type_name) if a.returned == "always" and a.parent is None]
    body = scim.body(type_name)
    for attribute in always:
        if attribute.mutability == "readWrite":
            body = with_value(body, attribute, fitting(scim, attribute))
    resource = scim.read(made(scim, type_name, body))
    for attribute in [Attribute(type_name, "", True, definition), *always]:
        if is_empty(value_of(attribute, resource)):
            continue
        for parameters in ({"attributes": "meta"}, {"excludedAttributes": attribute.path}):
            answer = expect.status(scim.get(scim.path_of(resource), **parameters), 200)
            if is_empty(value_of(attribute, answer.json)):
                raise Finding(
                    f"{attribute.path}, which is always returned, is missing with {parameters}", "a value", "none"
                )


@requirement("RFC7643-7-30", "RFC7643-7-40")
@for_each_resource_type
def test_what_is_returned_on_request_waits_for_one(scim: Session, type_name: str) -> None:
    """An attribute that is returned on request must be returned only if it is requested or was written in the same request."""
    for attribute in those(scim, type_name, returned="request"):
        within = attribute.parent is not None and attribute.parent.get("returned") in HIDDEN  # judged as a whole
        if within or attribute.mutability not in ("readWrite", "immutable"):
            continue
        value = fitting(scim, attribute)
        body = body_with(scim, attribute, value)
        resource = made(scim, type_name, body)
        if not is_empty(value_of(attribute, scim.read(resource))):
            raise Finding(f"{attribute.path} is returned without being requested", "no value", "a value")
        holds(attribute, value, shown(scim, attribute, resource), f"attributes={attribute.path}")
        answer = expect.status(scim.put(scim.path_of(resource), body), 200)
        if is_empty(value_of(attribute, answer.json)):
            raise Finding(
                f"the response to PUT lacks {attribute.path}, which the request wrote", json_of(value), "missing"
            )


@requirement(
    "RFC7643-7-18", level="lie", consequence="Values whose case matters, such as certificates and keys, become invalid."
)
@for_each_attribute(keeps_case)
def test_case_exact_values_keep_their_case(scim: Session, attribute: Attribute) -> None:
    """The value of a caseExact attribute must be returned with its case unchanged."""
    attribute = needed(attribute)
    whole = _whole(attribute)
    value = fitting(scim, whole)
    for element in value if isinstance(value, list) else [value]:
        if isinstance(element, dict) and attribute.name in element and attribute.type != "binary":
            element[attribute.name] = _mixed(element[attribute.name], attribute)
    if attribute.parent is None and isinstance(value, str) and attribute.type != "binary":
        value = _mixed(value, attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, whole, value))
    sent, got = (_texts(held, attribute) for held in (value, shown(scim, whole, resource)))
    if sent != got:
        raise Finding(
            f"the server changes the value of {attribute.path}, which is caseExact", json_of(sent), json_of(got)
        )


@requirement(
    "RFC7643-2.3.1-03",
    "RFC7643-7-14",
    "RFC7643-7-15",
    fix="Accept and store every canonical value that /Schemas lists.",
)
@for_each_attribute(has_canonical_values)
def test_canonical_values_are_taken(scim: Session, attribute: Attribute) -> None:
    """Every canonical value should be stored; any other value should get 201 or 400 (warning)."""
    attribute = needed(attribute)
    values = _canonical(attribute)
    plural = attribute.multi_valued
    sent = (
        [[_kind(scim, attribute, value) for value in values]] if plural else [_kind(scim, attribute, v) for v in values]
    )
    for value in sent:
        resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))
        got = shown(scim, attribute, resource)
        wanted, seen = (_kinds(attribute, held) for held in (value, got))
        if wanted - seen:
            raise Finding(
                f"canonical values of {attribute.path} are lost", json_of(sorted(wanted)), json_of(sorted(seen))
            )
    odd = _kind(scim, attribute, "scimulator")
    answer = scim.post(
        scim.target.need_type(attribute.resource_type), body_with(scim, attribute, [odd] if plural else odd)
    )
    expect.status(answer, 201, 400)


@requirement(
    "RFC7643-2.4-03", "RFC7644-3.5.2-21", level="lie", consequence="Clients send email to an outdated address."
)
@for_each_attribute(has_primary)
def test_primary_of_each_list_is_one_and_moves(scim: Session, attribute: Attribute) -> None:
    """The element that is sent as primary must be the only primary one; PATCH with a new primary element must replace it."""
    attribute = needed(attribute)
    single = {**attribute.definition, "multiValued": False}
    elements: list[Json] = [any_value(single, scim.random, mark=scim.name()) for _ in range(8)]
    distinct = list({str(element["value"]): element for element in elements}.values())
    if len(distinct) < 2:
        raise NotOffered(f"{attribute}: two different values")
    *before, last = distinct[:3]
    kinds = _canonical(attribute) or ["work", "home", "other"]
    for place, element in enumerate([*before, last]):
        element["primary"] = element in (before[-1], last)
        if "type" in element:
            element["type"] = kinds[place % len(kinds)]
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, before))
    told = f"primary value of {attribute.path}"
    if is_empty(shown(scim, attribute, resource)):  # RFC 7644 3.3 lets a server ignore values
        raise NotOffered(f"storing {attribute}")
    expect.equal(_primaries(shown(scim, attribute, resource)), [before[-1]["value"]], told)
    if scim.target.offers("patch") and attribute.mutability == "readWrite":
        change = {"op": "add", "path": attribute.path, "value": [last]}
        expect.written(scim.patch(scim.path_of(resource), change))
        expect.equal(_primaries(shown(scim, attribute, resource)), [last["value"]], f"{told} after another was added")


def _never(attribute: Attribute) -> str:
    return "never" if attribute.mutability == "writeOnly" else ""


def _whole(attribute: Attribute) -> Attribute:
    """The top-level attribute that contains it, or the attribute itself."""
    if attribute.parent is None:
        return attribute
    return Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)


def _mixed(value: Any, attribute: Attribute) -> Any:
    if isinstance(value, list):
        return [_mixed(element, attribute) for element in value]
    return f"{value}/MiXeD" if attribute.type == "reference" else f"{value} MiXeD"


def _texts(value: Any, attribute: Attribute) -> list[str]:
    """The attribute's own values within the value of the top-level attribute."""
    elements = value if isinstance(value, list) else [value]
    if attribute.parent is not None:
        elements = [held_by(element, attribute.name) for element in elements]
    return sorted(str(element) for element in elements)


def _canonical(attribute: Attribute) -> list[str]:
    """The canonical values of a string, or of the `type` of a complex attribute."""
    holder = named(parts_of(attribute.definition), "type") if parts_of(attribute.definition) else attribute.definition
    if holder is None or type_of(holder) != "string" or holder.get("mutability") == "readOnly":
        return []
    return [str(value) for value in holder.get("canonicalValues") or ()]


def _kind(scim: Session, attribute: Attribute, value: str) -> Any:
    """An element with this `type`, or the value itself for a simple attribute."""
    if not parts_of(attribute.definition):
        return value
    single = {**attribute.definition, "multiValued": False}
    element = any_value(single, scim.random, mark=scim.name())
    return {**{name: part for name, part in element.items() if name != "primary"}, "type": value}


def _kinds(attribute: Attribute, held: Any) -> set[str]:
    elements = held if isinstance(held, list) else [held]
    values = [held_by(one, "type") if parts_of(attribute.definition) else one for one in elements]
    return {str(value).lower() for value in values}


def _primaries(elements: Any) -> list[Any]:
    return [held_by(one, "value") for one in elements or () if held_by(one, "primary") is True]
