"""RFC 7643 section 2.3.7: references are URIs of the resources that they refer to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import type_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.discovery_documents import definitions
from conformance.topics.references import KINDS, followed, is_readable, reference, url_of
from conformance.topics.round_trips import accepted, full_body, shown_values

URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
URL = "https://check.example/People/Anna"


@requirement("RFC7643-2.3.7-01")
@for_each_resource_type
def test_references_of_a_resource_are_uris(scim: Session, type_name: str) -> None:
    """Every value of an attribute of type reference must be a URI."""
    if type_name is None:
        raise NotOffered("a resource type")
    resource = scim.read(scim.new(type_name, **full_body(scim, type_name)))
    for path, definition, value in shown_values(scim, type_name, resource):
        if type_of(definition) == "reference":
            for text in value if isinstance(value, list) else [value]:
                _must_be_uri(path, text)


@requirement("RFC7643-2.3.7-01", "RFC7643-2.4-06", level="cosmetic")
@pytest.mark.parametrize("kind", KINDS)
def test_references_between_resources_are_canonical_uris(scim: Session, kind: str) -> None:
    """$ref must be a URI with scheme and host in lower case and without dot segments (RFC 3986 section 6.2)."""
    element, _ = reference(scim, kind)
    _must_be_uri(f"{kind}.$ref", element["$ref"])
    place = urlsplit(element["$ref"])
    held = element["$ref"].partition("://")
    dots = bool(place.scheme) and not {".", ".."}.isdisjoint(place.path.split("/"))
    if dots or (held[1] and held[0] != held[0].lower()) or place.netloc != place.netloc.lower():
        raise Finding(
            f"{kind}.$ref is not a canonical URI", "lower-case scheme and host, no dot segments", element["$ref"]
        )


@requirement("RFC7643-2.3.7-02", "RFC7643-2.3.7-03", "RFC7643-2.3.7-04", "RFC7643-4.1.2-23", "RFC7643-4.2-06")
@pytest.mark.parametrize("kind", KINDS)
def test_reference_leads_to_the_resource_it_names(scim: Session, kind: str) -> None:
    """GET on $ref must return the resource whose id is in value; an absolute $ref may also lead to 403 or 404 (note)."""
    element, id_ = reference(scim, kind)
    answer = followed(scim, element["$ref"])
    if answer is None:
        return
    expect.equal(element.get("value"), id_, f"{kind}.value")
    if answer.status == 404 and is_readable(scim, kind, id_):
        raise Finding(f"GET on {kind}.$ref returns 404 although the resource exists", "the resource", element["$ref"])
    if answer.status in (403, 404) and "://" in element["$ref"]:
        scim.note(f"GET on {kind}.$ref returns {answer.status}")
        return
    expect.equal(expect.status(answer, 200)["id"], id_, f"id of the resource at {kind}.$ref")


@requirement("RFC7643-2.3.7-03", "RFC7643-2.3.7-04")
@pytest.mark.parametrize("kind", KINDS)
def test_reference_to_a_resource_that_is_gone_gets_a_proper_answer(scim: Session, kind: str) -> None:
    """GET on the $ref of a deleted resource must return 404, 410, or 403."""
    element, id_ = reference(scim, kind)
    url = url_of(scim, element["$ref"])
    if url is None:
        raise NotOffered(f"{kind}.$ref within the target")
    endpoint = scim.groups if kind == "groups" else scim.users
    if scim.delete(f"{endpoint}/{id_}").status >= 300:
        raise NotOffered("deletion of a referenced resource")
    expect.status(scim.get(url), 404, 410, 403)


@requirement("RFC7643-2.3.7-05", level="lie", consequence="The provider assumes a membership that does not exist.")
def test_unknown_member_is_stored_or_refused(scim: Session) -> None:
    """A member with an unknown id should be stored or rejected, not silently dropped (warning)."""
    unknown = scim.unknown()
    answer = scim.post(scim.groups, scim.group_body(members=[{"value": unknown}]))
    if 400 <= answer.status < 500:
        expect.refused(answer)
        scim.note("the server rejects references to resources that do not exist")
        return
    members = scim.read(expect.status(answer, 201).json).get("members")
    if not members:
        scim.warn("the server silently drops an unknown member", "the member, or a 4xx", "201 without members")
    else:
        expect.equal([item.get("value") for item in members], [unknown], "members")


@requirement("RFC7643-2.3.7-06", level="cosmetic")
def test_references_are_compared_with_case(scim: Session) -> None:
    """A filter on a reference must find the exact value; ignoring case is a warning if the attribute is caseExact."""
    declared = scim.target.need_attribute(USER_URN, "profileUrl")
    url = f"{URL}/{scim.name()}"
    user = accepted(scim, profileUrl=url)
    answer = scim.search(f'profileUrl eq "{user.get("profileUrl")}"')
    expect.found(expect.evaluated(answer, "a filter on profileUrl"), user)
    if any(item.get("id") == user["id"] for item in expect.listing(scim.search(f'profileUrl eq "{url.swapcase()}"'))):
        if declared.get("caseExact") is True:
            scim.warn("a filter on a caseExact reference ignores case", "no users", "the user")
        else:
            scim.note("a filter on a reference that is not declared caseExact ignores case")


@requirement("RFC7643-2.3.7-07", "RFC7643-2.3.7-08", level="cosmetic")
def test_references_say_what_they_point_at(scim: Session) -> None:
    """Each attribute of type reference must have referenceTypes: names of resource types, external, or uri."""
    for declared in definitions(scim):
        listed = declared.definition.get("referenceTypes")
        texts = isinstance(listed, list) and all(isinstance(item, str) and item for item in listed)
        if declared.definition.get("type") == "reference" and (not listed or not texts):
            raise Finding(f"{declared.path} is a reference without referenceTypes", '["User"]', json_of(listed))


def _must_be_uri(path: str, text: object) -> None:
    try:
        good = isinstance(text, str) and URI.fullmatch(text) is not None and urlsplit(text) is not None
    except ValueError:
        good = False
    if not good:
        raise Finding(f"{path} is not a URI", "an absolute or relative URI", json_of(text))
