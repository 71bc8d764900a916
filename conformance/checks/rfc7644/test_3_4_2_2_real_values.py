"""RFC 7644 section 3.4.2.2: filters on realistic values, such as names with special characters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import named, parts_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.topics.cohorts import NAMING
from conformance.topics.one_attribute import body_with, can_change, is_empty, made, needed, value_of, with_value
from conformance.topics.real_values import KEYS, VALUES, RealValue, texts
from simulator.wording import counted

Json = dict[str, Any]


@pytest.mark.parametrize("kind", VALUES)
@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    "RFC7643-7-17",
    level="lie",
    consequence="The provider finds another user or no user, and changes or creates the wrong account.",
    fix="Escape wildcards, keep strings as they were sent, and use a collation that ignores nothing but case.",
)
@for_each_resource_type
def test_real_value_is_found_and_no_lookalike(scim: Session, type_name: str | None, kind: str) -> None:
    """A filter must find a value with special characters, and no similar value, for every string of every type."""
    real, mark = VALUES[kind], scim.name()
    attributes = texts(scim, type_name)
    pair = _pair(scim, str(type_name), attributes, real, mark)
    if pair is None:
        scim.note(f"values with {kind} are rejected")
        return
    first, kept = pair
    for attribute in kept:
        held = value_of(attribute, first)
        if held == real.value(mark):
            _found_alone(scim, attribute, first, "eq", held)
            _found_alone(scim, attribute, first, "sw", held)
        elif real.may_change:
            scim.warn(f"{kind}: the server changes {attribute.path}", json_of(real.value(mark)), json_of(held))
        elif held is not None:
            raise Finding(
                f"{kind}: {attribute.path} is stored with a different value", json_of(real.value(mark)), json_of(held)
            )


@requirement(
    "RFC7643-7-17",
    "RFC7644-3.4.2.2-05",
    level="lie",
    consequence='Entra sends emails[type eq "work"] whatever the case of the stored type; the change is lost or rejected.',
    fix="Use the same filter evaluation for queries and for PATCH paths.",
)
@for_each_attribute(
    lambda one: can_change(one) and one.multi_valued and named(parts_of(one.definition), "type") is not None
)
def test_path_filter_follows_case_exact_as_queries_do(scim: Session, attribute: Attribute) -> None:
    """A value filter in a PATCH path must ignore case if caseExact is false, as in a query (RFC 7643 section 7)."""
    attribute = needed(attribute)
    scim.target.need("patch")
    kind = named(parts_of(attribute.definition), "type") or {}
    value = named(parts_of(attribute.definition), "value")
    if kind.get("caseExact") is True or value is None or value.get("type", "string") != "string":
        raise NotOffered(f"{attribute}: string values with a type")
    kinds = [str(one) for one in kind.get("canonicalValues") or ("work", "home")][:2]
    if len(kinds) < 2:
        raise NotOffered(f"{attribute}: two types")
    elements = [{"value": f"{scim.name()}@check.example", "type": one} for one in kinds]
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, elements))
    if len(value_of(attribute, resource) or ()) != 2:
        raise NotOffered(f"{attribute}: two elements")
    path = f'{attribute.path}[Type EQ "{kinds[0].swapcase()}"]'
    answer = scim.patch(scim.path_of(resource), {"op": "remove", "path": path})
    held = value_of(attribute, scim.read(resource)) or []
    left = [one.get("type") for one in held if isinstance(one, dict)]
    if answer.status not in (200, 204) or left != [kinds[1]]:
        raise Finding(
            f"{path} does not select the element of type {kinds[0]}", json_of([kinds[1]]), f"{answer.status}, {left}"
        )


@requirement(
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="A provider looks up a user before and after it creates the user: an outdated result causes a second account.",
    fix="Invalidate cached lookups when a resource is created, and read committed data.",
)
@for_each_resource_type
def test_lookup_sees_a_create_at_once(scim: Session, type_name: str | None) -> None:
    """A lookup before a POST must find nothing, and the same lookup after it must find the new resource."""
    scim.target.need("filter")
    body = {**scim.body(str(type_name)), "externalId": scim.name()}
    endpoint = scim.target.need_type(str(type_name))
    names = [name for name in ("userName", "displayName", "externalId") if isinstance(body.get(name), str)]
    lookups = [f"{name} eq {json.dumps(body[name])}" for name in names]
    for text in lookups:
        if _answered(scim.search(text, endpoint)):
            raise Finding("a lookup finds a resource before it is created", "no resource", text)
    resource = made(scim, str(type_name), body)
    for name, text in zip(names, lookups, strict=True):
        if not is_empty(scim.read(resource).get(name)):
            found = _answered(scim.search(text, endpoint))
            if [one.get("id") for one in found] != [resource["id"]]:
                raise Finding(
                    f"after a POST, a filter does not find the new resource by {name}",
                    "the resource",
                    f"{len(found)}",
                )


def _pair(
    scim: Session, type_name: str, attributes: list[Attribute], real: RealValue, mark: str
) -> tuple[Json, list[Attribute]] | None:
    """The first of two resources with the value and a similar one, as GET returns it, and the attributes that store them.

    A server may reject such a value in some attributes, so a rejection is retried with fewer of them; None if it rejects all.
    """
    endpoint = scim.target.need_type(type_name)
    others = [one for one in attributes if one.name != "userName"]  # some servers require an email address as userName
    for chosen in (attributes, others, [one for one in attributes if one.name in KEYS][:1]):
        first, second = scim.body(type_name), scim.body(type_name)
        for attribute in chosen:
            first = with_value(first, attribute, real.value(mark))
            second = with_value(second, attribute, real.lookalike(mark))
        answers = []
        for body in (first, second):
            answers.append(scim.post(endpoint, body))
            if answers[-1].status >= 500:
                raise Finding(
                    "a value with special characters causes a server error", "201 or a 4xx", str(answers[-1].status)
                )
        if [answer.status for answer in answers] == [201, 409] and not real.may_change:
            raise Finding("the server treats two different values as duplicates", "201", "409", level="refusal")
        if all(answer.status == 201 and isinstance(answer.json, dict) for answer in answers):
            return scim.read(answers[0].json), chosen
    return None


def _found_alone(scim: Session, attribute: Attribute, resource: Json, operator: str, value: str) -> None:
    """The filter must find exactly this resource; other checks judge a filter that the server rejects."""
    scim.target.need("filter")
    if operator == "sw" and attribute.name != NAMING.get(attribute.resource_type):
        return
    text = f"{attribute.path} {operator} {json.dumps(value, ensure_ascii=False)}"
    answer = scim.search(text, scim.target.need_type(attribute.resource_type))
    if answer.status in (400, 403, 501):
        return
    found = [str(one.get("id")) for one in expect.listing(answer)]
    if found != [resource["id"]]:
        got = "no resource" if not found else f"{counted(len(found), 'resource')}, but not only this one"
        raise Finding(f"{text} finds the wrong resources", "the resource with this value", got)


def _answered(answer: Answer) -> list[Json]:
    if answer.status in (400, 403, 501):
        return []
    return expect.listing(answer)
