"""RFC 7644 sections 3.3 to 3.5: every response shows a resource as GET shows it."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import points_at_a_resource
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.target.client import Answer
from conformance.topics.agreement import must_agree
from conformance.topics.cohorts import search
from conformance.topics.one_attribute import can_change, different, fitting, made, text_of, value_of
from conformance.topics.write_forms import stored, write

Json = dict[str, Any]


@requirement(
    "RFC7643-7-29",
    "RFC7644-3.4.2-02",
    level="lie",
    consequence=(
        "A provider that reads lists sees groups without members or users without extensions, and corrects "
        "them needlessly."
    ),
    fix="Serialize resources with the same function for GET, lists, and .search.",
)
@for_each_resource_type
def test_list_shows_what_a_get_shows(scim: Session, type_name: str | None) -> None:
    """Lists and .search must return every attribute of a resource as GET does (RFC 7643 section 7, returned: default)."""
    resource = _with_everything(scim, type_name)
    attribute = text_of(scim, type_name)
    later = different(scim, attribute, value_of(attribute, resource))
    write(scim, "PATCH replace" if scim.target.offers("patch") else "PUT", attribute, later, resource)
    read, endpoint = scim.read(resource), scim.target.need_type(str(type_name))
    expression = f'id eq "{resource["id"]}"'
    must_agree(_only(scim.search(expression, endpoint)), read, "a list")
    try:
        answer = search(scim, endpoint, filter=expression)
    except NotOffered:
        return
    must_agree(_only(answer), read, f"POST {endpoint}/.search")


@requirement(
    "RFC7644-3.3-08",
    "RFC7644-3.5.1-15",
    "RFC7643-7-29",
    level="lie",
    consequence=(
        "A provider stores what the response contains, so its record differs from the server's until the next sync."
    ),
    fix="Return the stored resource in the response to a write, not the body of the request.",
)
@for_each_resource_type
def test_answer_to_a_write_shows_what_a_get_shows(scim: Session, type_name: str | None) -> None:
    """The responses to POST, PUT, and PATCH must show the resource as the next GET shows it (RFC 7644 3.3 and 3.5)."""
    resource = _with_everything(scim, type_name)
    must_agree(scim.plain(resource), scim.read(resource), "POST")
    attribute = text_of(scim, type_name)
    path, value = scim.path_of(resource), value_of(attribute, resource)
    for method in ("PUT", "PATCH") if scim.target.offers("patch") else ("PUT",):
        value = different(scim, attribute, value)
        if method == "PUT":
            answer = scim.put(path, {**stored(scim, str(type_name), resource), attribute.name: value})
        else:
            answer = scim.patch(path, {"op": "replace", "path": attribute.path, "value": value})
        if answer.status == 200:
            must_agree(scim.plain(answer.json), scim.read(resource), method)


def _with_everything(scim: Session, type_name: str | None) -> Json:
    """Create a resource with every attribute that a client can set, including references; returns the response to the POST."""
    if type_name is None:
        raise NotOffered("a resource type")
    body = scim.body(type_name, full=True)
    for attribute in scim.target.attributes(type_name):
        if can_change(attribute) and attribute.is_core and points_at_a_resource(attribute.definition):
            body[attribute.name] = fitting(scim, attribute)
    return made(scim, type_name, body)


def _only(answer: Answer) -> Any:
    """The only resource of a list; raises NotOffered if the server rejects this filter, which other checks test."""
    if 400 <= answer.status < 500:
        raise NotOffered("a filter on id")
    found = expect.listing(answer)
    return found[0] if len(found) == 1 else {}
