"""Interoperability profile sections 6.1 and 6.2: one endpoint per resource type, one URL per resource, one media type."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.discovery_documents import CONFIG, SCHEMAS, TYPES, resource_types

REFUSALS_OF_THE_ROOT = (400, 401, 403, 404, 405, 501)


@requirement("INTEROP-6.1-01", fix="Give each resource type its own endpoint.")
def test_interop_endpoints_are_unique(scim: Session) -> None:
    """Each resource type must have its own endpoint."""
    endpoints = ["/" + str(rtype.get("endpoint")).strip("/") for rtype in resource_types(scim)]
    expect.equal(sorted(endpoints), sorted(set(endpoints)), "the endpoints of the resource types")


@requirement("INTEROP-6.1-02", level="lie", consequence="An import treats groups or devices as users.")
@for_each_resource_type
def test_interop_endpoint_lists_its_own_type(scim: Session, type_name: str) -> None:
    """Every resource in a list must have the type of the endpoint in `meta.resourceType`."""
    scim.new(type_name)
    items = expect.listing(scim.get(scim.target.need_type(type_name), count=100))
    if not items:
        raise Finding(
            f"the list is empty although a {type_name} was just created", f"at least one {type_name}", "no resources"
        )
    for item in items:
        expect.equal(_meta(item).get("resourceType"), type_name, "meta.resourceType of a listed resource")


@requirement("INTEROP-6.1-03", level="cosmetic")
def test_interop_root_query_is_answered_or_refused(scim: Session) -> None:
    """A query at the root should return a ListResponse or an error such as 404 or 501 (warning)."""
    answer = scim.get("/", count=1)
    if answer.status == 200:
        expect.listing(answer)
        scim.note("the server supports queries at the root")
    else:
        expect.status(answer, *REFUSALS_OF_THE_ROOT)


@requirement("INTEROP-6.1-04", level="lie", consequence="Updates go to a URL that is not the resource's.")
@for_each_resource_type
def test_interop_address_is_endpoint_and_id(scim: Session, type_name: str) -> None:
    """`meta.location` and the Location header must be the endpoint plus the id, and GET there must return the resource."""
    endpoint = scim.target.need_type(type_name)
    answer = expect.status(scim.post(endpoint, scim.body(type_name)), 201)
    for what, url in (
        ("Location", answer.headers.get("location")),
        ("meta.location", _meta(answer.json).get("location")),
    ):
        if not str(url).endswith(f"{endpoint}/{answer['id']}"):
            raise Finding(f"{what} is not the endpoint plus the id", f"…{endpoint}/{answer['id']}", json_of(url))
    for url in (f"{endpoint}/{answer['id']}", str(_meta(answer.json).get("location"))):
        expect.equal(expect.status(scim.get(url), 200)["id"], answer["id"], f"id at {url}")


@pytest.mark.parametrize("attribute", ["userName", "externalId"])
@requirement(
    "INTEROP-6.1-05",
    level="lie",
    consequence="A user whose name equals the id of another user is treated as that user.",
    fix="Look up a resource in the path only by its id.",
)
def test_interop_no_other_value_is_an_address(scim: Session, attribute: str) -> None:
    """GET with a `userName` or an `externalId` in the path instead of the id must be rejected."""
    value = scim.name()
    user = scim.new_user(**{attribute: value})
    if user.get("id") == value:
        return  # the server uses the client's value as the id, so there is no second URL to test
    answer = scim.get(f"{scim.users}/{value}")
    if answer.status < 400:
        raise Finding(f"the server finds a user by {attribute} in the path", "404", answer.told)


@requirement("INTEROP-6.2-01", consequence="Clients cannot read the response.")
def test_interop_bodies_are_scim_json(scim: Session) -> None:
    """A resource, a list, and an error must each have the JSON form of RFC 7643 and RFC 7644."""
    user = scim.new_user()
    shown = expect.status(scim.get(scim.path_of(user)), 200)
    if not isinstance(shown.json, dict) or not isinstance(shown["schemas"], list) or not shown["id"]:
        raise Finding("the response is not a SCIM resource", "an object with schemas and id", json_of(shown.json)[:160])
    expect.listing(scim.get(scim.users, count=1))
    expect.scim_error(scim.get(f"{scim.users}/{expect.UNKNOWN}"), 404)


@pytest.mark.parametrize("what", ["a creation", "a resource", "a list", "an error", "discovery"])
@requirement(
    "INTEROP-6.2-02", level="cosmetic", fix="Send every body, also of errors, with Content-Type application/scim+json."
)
def test_interop_bodies_are_labelled(scim: Session, what: str) -> None:
    """Every response body must have Content-Type application/scim+json, with or without parameters."""
    user = scim.new_user()
    paths = {
        "a resource": [scim.path_of(user)],
        "a list": [f"{scim.users}?count=1"],
        "an error": [f"{scim.users}/{expect.UNKNOWN}"],
        "discovery": [CONFIG, SCHEMAS, TYPES],
    }
    answers = [scim.get(path) for path in paths[what]] if what in paths else [scim.post(scim.users, scim.user_body())]
    for answer in answers:
        expect.equal(answer.status >= 400, what == "an error", f"whether the response for {what} is an error")
        expect.equal(answer.media_type, "application/scim+json", f"the Content-Type of {what}")


def _meta(resource: Any) -> dict[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}
