"""RFC 7644 section 3.2: where the endpoints are, and what they take."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import resource_types
from conformance.topics.samples import replaced


@requirement(
    "RFC7644-3.2-01",
    consequence="Providers have /Users and /Groups built in: they find nobody anywhere else.",
    fix="Serve users at /Users and groups at /Groups below the base URL.",
)
def test_users_and_groups_live_at_users_and_groups(scim: Session) -> None:
    """The resource types User and Group have the endpoints /Users and /Groups."""
    for entry in resource_types(scim):
        if entry.get("name") in ("User", "Group"):
            place = scim.target.endpoint_of(entry)  # whether it is relative to the base URL is judged elsewhere
            expect.equal(place, f"/{entry['name']}s", f"the endpoint of {entry['name']}")
            expect.listing(scim.get(f"/{entry['name']}s", count=1))


@requirement("RFC7644-3.2-02", level="cosmetic", consequence="A person who types the URL by the rule finds nothing.")
def test_endpoints_of_other_types_are_plurals(scim: Session) -> None:
    """The endpoint of a resource type of the server's own is its name with an s."""
    own = [entry for entry in resource_types(scim) if entry.get("name") not in ("User", "Group")]
    if not own:
        raise NotOffered("a resource type besides User and Group")
    for entry in own:
        expect.equal(str(entry.get("endpoint")).strip("/"), f"{entry.get('name')}s", f"endpoint of {entry.get('name')}")


@requirement(
    "RFC7644-E8365-01",
    consequence="A client reads one endpoint for a type, and finds half of the resources.",
    fix="One resource type for each endpoint.",
)
def test_resource_type_has_one_endpoint(scim: Session) -> None:
    """The endpoint of each resource type is one text that is a path."""
    for entry in resource_types(scim):
        endpoint = entry.get("endpoint")
        if not isinstance(endpoint, str) or not endpoint.strip("/") or any(sign in endpoint for sign in " ,;"):
            raise Finding(f"{entry.get('name')} has not exactly one endpoint", "a path like /Users", repr(endpoint))


@for_each_resource_type
@requirement(
    "RFC7644-3.2-04",
    consequence="A provider that cannot read creates everybody again.",
    fix="Serve GET at the endpoint and below it.",
)
def test_get_reads_one_and_many(scim: Session, type_name: str) -> None:
    """GET answers 200 at the endpoint of a type and at a resource, also without Content-Type or with one."""
    made = scim.new(type_name)
    expect.listing(scim.get(scim.target.need_type(type_name), count=1))
    expect.equal(scim.read(made).get("id"), made["id"], "id")
    for kind in ("application/json", "application/scim+json"):  # Entra's connection test: a GET with a Content-Type
        expect.status(scim.client.send("GET", scim.path_of(made), headers={"Content-Type": kind}), 200)


@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement(
    "RFC7644-3.2-07",
    "RFC7644-3.5-01",
    consequence="Okta's wizard apps, OneLogin and CyberArk change by PUT: no change and no deactivation arrives.",
    fix="Route POST and GET at the endpoint, GET, PUT, PATCH and DELETE at the resource.",
)
def test_users_and_groups_take_every_method(scim: Session, type_name: str) -> None:
    """POST, GET, PUT, PATCH where it is offered, and DELETE succeed on a user and on a group."""
    made = scim.new(type_name)
    path = scim.path_of(made)
    expect.status(scim.get(path), 200)
    same = {"userName": made["userName"]} if type_name == "User" else {}
    expect.status(scim.put(path, scim.body(type_name, **same)), 200)
    if scim.target.offers("patch"):
        expect.written(scim.patch(path, replaced(scim.name(), "externalId")))
    expect.status(scim.delete(path), 204)


@requirement(
    "RFC7644-3.5-02",
    consequence="Entra changes by PATCH alone: nothing but creations arrives.",
    fix="Implement PATCH, and say so in ServiceProviderConfig.",
)
def test_patch_is_supported(scim: Session) -> None:
    """patch.supported is true, and a PATCH works."""
    if scim.target.config and not scim.target.offers("patch"):
        raise Finding("PATCH is not offered", "patch.supported: true", repr(scim.target.config.get("patch")))
    user, value = scim.new_user(), scim.name()
    expect.written(scim.patch(scim.path_of(user), replaced(value, "externalId")))
    expect.holds(scim.read(user), externalId=value)


@requirement(
    "RFC7644-3.12-14",
    "RFC7644-3.7-01",
    "RFC7644-3.2-05",
    consequence="A client that meets a 500 tries for ever what the server will never do.",
    fix="Answer 501 in SCIM's form where a feature is not built.",
)
@pytest.mark.parametrize("feature", ["patch", "bulk"])
def test_feature_that_is_not_offered_is_501(scim: Session, feature: str) -> None:
    """PATCH or bulk that ServiceProviderConfig does not offer is refused 501; 404, 405 and 403 are taken for it."""
    if not scim.target.config or scim.target.offers(feature):
        raise NotOffered(f"a server without {feature}")
    user = scim.new_user()
    operation: dict[str, Any] = replaced("Changed")
    if feature == "patch":
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        body = {"schemas": schemas, "Operations": [operation]}
        answer = scim.client.send("PATCH", scim.path_of(user), body)
    else:
        schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
        operation = {"method": "DELETE", "path": scim.path_of(user)}
        answer = scim.client.send("POST", "/Bulk", {"schemas": schemas, "Operations": [operation]})
    expect.gateway_error(scim, answer, 501, 404, 405, 403)
    if answer.status != 501:
        scim.warn(f"{feature} is refused in another way", "501", answer.told)
    expect.unchanged(scim, user)
