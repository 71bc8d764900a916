"""Interoperability profile sections 6.1 and 6.2: one endpoint a type, one address a resource, one media type."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.discovery_documents import CONFIG, SCHEMAS, TYPES, resource_types

REFUSALS_OF_THE_ROOT = (400, 401, 403, 404, 405, 501)


@requirement("INTEROP-6.1-01", fix="Give each resource type an endpoint of its own.")
def test_interop_endpoints_are_unique(scim: Session) -> None:
    """No two resource types name the same endpoint."""
    endpoints = ["/" + str(rtype.get("endpoint")).strip("/") for rtype in resource_types(scim)]
    expect.equal(sorted(endpoints), sorted(set(endpoints)), "the endpoints")


@requirement("INTEROP-6.1-02", level="lie", consequence="An import takes groups or devices for people.")
@for_each_resource_type
def test_interop_endpoint_lists_its_own_type(scim: Session, type_name: str) -> None:
    """Every resource in a list is of the type that owns the endpoint."""
    scim.new(type_name)
    items = expect.listing(scim.get(scim.target.need_type(type_name), count=100))
    if not items:
        raise Finding("a list is empty that cannot be", f"at least one {type_name}", "no resource")
    for item in items:
        expect.equal(_meta(item).get("resourceType"), type_name, "meta.resourceType in the list")


@requirement("INTEROP-6.1-03", level="cosmetic")
def test_interop_root_query_is_answered_or_refused(scim: Session) -> None:
    """A query at the root may mix types; where there is none it is refused in words."""
    answer = scim.get("/", count=1)
    if answer.status == 200:
        expect.listing(answer)
        scim.note("queries at the root are answered")
    else:
        expect.status(answer, *REFUSALS_OF_THE_ROOT)


@requirement("INTEROP-6.1-04", level="lie", consequence="Updates go to an address that is not the resource's.")
@for_each_resource_type
def test_interop_address_is_endpoint_and_id(scim: Session, type_name: str) -> None:
    """meta.location and the Location header are the endpoint and the id, and lead to the resource."""
    endpoint = scim.target.need_type(type_name)
    answer = expect.status(scim.post(endpoint, scim.body(type_name)), 201)
    for what, url in (
        ("Location", answer.headers.get("location")),
        ("meta.location", _meta(answer.json).get("location")),
    ):
        if not str(url).endswith(f"{endpoint}/{answer['id']}"):
            raise Finding(f"{what} is another address", f"…{endpoint}/{answer['id']}", repr(url))
    for url in (f"{endpoint}/{answer['id']}", str(_meta(answer.json).get("location"))):
        expect.equal(expect.status(scim.get(url), 200)["id"], answer["id"], f"id at {url}")


@pytest.mark.parametrize("attribute", ["userName", "externalId"])
@requirement(
    "INTEROP-6.1-05",
    level="lie",
    consequence="Whoever is called like somebody's id is taken for that one.",
    fix="Look up the path by id alone.",
)
def test_interop_no_other_value_is_an_address(scim: Session, attribute: str) -> None:
    """A userName or an externalId in the path leads nowhere."""
    value = scim.name()
    user = scim.new_user(**{attribute: value})
    if user.get("id") == value:
        return  # such a server hands out what clients send; there is no other address to judge
    answer = scim.get(f"{scim.users}/{value}")
    if answer.status < 400:
        raise Finding(f"a user is addressed by {attribute}", "404", answer.told)


@requirement("INTEROP-6.2-01", consequence="A client cannot read the answer.")
def test_interop_bodies_are_scim_json(scim: Session) -> None:
    """A resource, a list and an error have their forms in JSON."""
    user = scim.new_user()
    shown = expect.status(scim.get(scim.path_of(user)), 200)
    if not isinstance(shown.json, dict) or not isinstance(shown["schemas"], list) or not shown["id"]:
        raise Finding("a resource is not in its form", "an object with schemas and id", repr(shown.json)[:160])
    expect.listing(scim.get(scim.users, count=1))
    expect.scim_error(scim.get(f"{scim.users}/{expect.UNKNOWN}"), 404)


@pytest.mark.parametrize("what", ["a creation", "a resource", "a list", "an error", "discovery"])
@requirement("INTEROP-6.2-02", level="cosmetic", fix="Label every body application/scim+json, errors too.")
def test_interop_bodies_are_labelled(scim: Session, what: str) -> None:
    """Content-Type is application/scim+json, with or without parameters."""
    user = scim.new_user()
    paths = {
        "a resource": [scim.path_of(user)],
        "a list": [f"{scim.users}?count=1"],
        "an error": [f"{scim.users}/{expect.UNKNOWN}"],
        "discovery": [CONFIG, SCHEMAS, TYPES],
    }
    answers = [scim.get(path) for path in paths[what]] if what in paths else [scim.post(scim.users, scim.user_body())]
    for answer in answers:
        expect.equal(answer.status >= 400, what == "an error", f"whether {what} is an error")
        expect.equal(answer.media_type, "application/scim+json", f"the Content-Type of {what}")


def _meta(resource: Any) -> dict[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}
