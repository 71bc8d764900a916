"""Round trips: send values by POST and read them back by GET."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.model.definitions import Definition, parts_of
from conformance.model.filter_model import held_by
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.client import Answer
from conformance.target.discovery import ENTERPRISE_URN
from conformance.target.fields import Fields
from conformance.topics.one_attribute import is_empty, value_of

Json = dict[str, Any]


def accepted(scim: Session, **attributes: Any) -> Json:
    """A new user with these attributes, read by GET; raises Finding if the server rejects the POST.

    An attribute that neither the response nor the GET shows is a warning, because RFC 7644 3.3 lets a server ignore values.
    """
    answer = created(expect.status(scim.post(scim.users, scim.user_body(**attributes)), 201))
    user = scim.read(answer)
    for name, sent in attributes.items():
        left_out = is_empty(held_by(user, name)) and is_empty(held_by(answer, name))
        if left_out and not is_empty(sent):
            raise Finding(f"POST ignores {name}", json_of(sent)[:200], "no value", Verdict.WARN)
    return user


def tolerated(scim: Session, *scim_types: str, **attributes: Any) -> Json | None:
    """Like `accepted`, but 400 with one of the scimTypes is right as well and returns None."""
    return kept_or_refused(scim, scim.post(scim.users, scim.user_body(**attributes)), *scim_types)


def kept_or_refused(scim: Session, answer: Answer, *scim_types: str) -> Json | None:
    """The resource that a POST created, read by GET, or None for a 400 with one of the scimTypes."""
    if 400 <= answer.status < 500:
        expect.keyword(scim, answer, 400, *scim_types)
        return None
    return scim.read(created(expect.status(answer, 201)))


def created(answer: Answer) -> Json:
    """The resource in the response to POST; raises Undecided if there is none, which another check reports."""
    if not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided("the response to POST has no resource with an id")
    return Fields(answer.json)


def elements(resource: Mapping[str, Any], name: str) -> list[Json]:
    """The objects in a multi-valued attribute; empty for anything else."""
    held = resource.get(name)
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def enterprise(scim: Session, **values: Any) -> Json:
    """Attributes of a body that set these values of the enterprise extension; raises NotOffered if users lack it."""
    rtype: Json = next((held for held in scim.target.resource_types if held.get("name") == "User"), {})
    used = [item.get("schema") for item in rtype.get("schemaExtensions") or () if isinstance(item, dict)]
    if rtype and ENTERPRISE_URN not in used:
        raise NotOffered(ENTERPRISE_URN)
    for name in values:
        scim.target.need_attribute(ENTERPRISE_URN, name)
    return {ENTERPRISE_URN: values}


def in_extension(resource: Mapping[str, Any]) -> Json:
    """The object of the enterprise extension; empty if there is none."""
    held = resource.get(ENTERPRISE_URN)
    return held if isinstance(held, dict) else {}


def full_body(scim: Session, type_name: str) -> Json:
    """A body with every attribute that can be written and read, so without a password, which some servers reject."""
    body = scim.body(type_name, full=True)
    for attribute in scim.target.attributes(type_name):
        if attribute.parent is None and (attribute.returned == "never" or attribute.mutability == "writeOnly"):
            body.pop(attribute.name, None)
    return body


def representations(scim: Session, type_name: str, body: Json) -> Iterator[tuple[str, Json]]:
    """(request, resource) for every response that shows the resource: POST, GET, PUT, PATCH with 200, list.

    Rejected PUT, PATCH, and filter requests are skipped; other checks report them.
    """
    endpoint = scim.target.need_type(type_name)
    resource = created(expect.status(scim.post(endpoint, body), 201))
    path, target = scim.path_of(resource), scim.target
    yield "POST", resource
    yield "GET", scim.read(resource)
    answers = [("PUT", scim.put(path, body))]
    if target.offers("patch"):
        answers.append(("PATCH", scim.patch(path, {"op": "add", "path": "externalId", "value": scim.name()})))
    for method, answer in answers:
        if answer.status == 200 and isinstance(answer.json, dict):
            yield method, answer.json
    if target.offers("filter"):
        listed = scim.search(f'id eq "{resource["id"]}"', endpoint)
        if listed.status == 200:
            yield from (("list", item) for item in expect.listing(listed))


def shown_values(scim: Session, type_name: str, resource: Json) -> Iterator[tuple[str, Definition, Any]]:
    """(path, definition, value) of every declared attribute and sub-attribute that the resource has."""
    for attribute in scim.target.attributes(type_name):
        held = None if attribute.parent else value_of(attribute, resource)
        if held is None:
            continue
        yield attribute.path, attribute.definition, held
        for element in held if isinstance(held, list) else [held]:
            for part in parts_of(attribute.definition) if isinstance(element, dict) else ():
                value = held_by(element, part["name"])
                if value is not None:
                    yield f"{attribute.path}.{part['name']}", part, value
