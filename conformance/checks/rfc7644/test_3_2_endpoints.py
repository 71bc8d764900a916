"""RFC 7644 section 3.2: where the endpoints are, and which HTTP methods they support."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import resource_types
from conformance.topics.samples import replaced


@requirement(
    "RFC7644-3.2-01",
    consequence="Providers use the fixed paths /Users and /Groups and find no users anywhere else.",
    fix="Serve users at /Users and groups at /Groups below the base URL.",
)
def test_users_and_groups_live_at_users_and_groups(scim: Session) -> None:
    """The resource types User and Group must have the endpoints /Users and /Groups."""
    for entry in resource_types(scim):
        if entry.get("name") in ("User", "Group"):
            place = scim.target.endpoint_of(entry)  # another check tests whether it is relative to the base URL
            expect.equal(place, f"/{entry['name']}s", f"the endpoint of {entry['name']}")
            expect.listing(scim.get(f"/{entry['name']}s", count=1))


@requirement(
    "RFC7644-3.2-02",
    level="cosmetic",
    consequence="Someone who enters the URL according to the naming convention finds nothing.",
)
def test_endpoints_of_other_types_are_plurals(scim: Session) -> None:
    """The endpoint of a custom resource type should be its name followed by an s (warning)."""
    own = [entry for entry in resource_types(scim) if entry.get("name") not in ("User", "Group")]
    if not own:
        raise NotOffered("a resource type other than User and Group")
    for entry in own:
        expect.equal(
            str(entry.get("endpoint")).strip("/"), f"{entry.get('name')}s", f"the endpoint of {entry.get('name')}"
        )


@requirement(
    "RFC7644-E8365-01",
    consequence="A client reads one endpoint for a resource type and finds only some of the resources.",
    fix="Publish one resource type for each endpoint.",
)
def test_resource_type_has_one_endpoint(scim: Session) -> None:
    """The endpoint of each resource type must be a single path."""
    for entry in resource_types(scim):
        endpoint = entry.get("endpoint")
        if not isinstance(endpoint, str) or not endpoint.strip("/") or any(sign in endpoint for sign in " ,;"):
            raise Finding(
                f"{entry.get('name')} does not have exactly one endpoint", "a path like /Users", json_of(endpoint)
            )


@for_each_resource_type
@requirement(
    "RFC7644-3.2-04",
    consequence="A provider that cannot read users creates all of them again.",
    fix="Support GET for the endpoint and for each resource below it.",
)
def test_get_reads_one_and_many(scim: Session, type_name: str) -> None:
    """GET must return 200 for an endpoint and for a resource, with or without a Content-Type header."""
    made = scim.new(type_name)
    expect.listing(scim.get(scim.target.need_type(type_name), count=1))
    expect.equal(scim.read(made).get("id"), made["id"], "id")
    for kind in (
        "application/json",
        "application/scim+json",
    ):  # Entra's connection test sends a GET with a Content-Type
        expect.status(scim.client.send("GET", scim.path_of(made), headers={"Content-Type": kind}), 200)


@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement(
    "RFC7644-3.2-07",
    "RFC7644-3.5-01",
    consequence="Okta's wizard apps, OneLogin, and CyberArk send changes with PUT: no change and no deactivation arrives.",
    fix="Route POST and GET at the endpoint, and GET, PUT, PATCH, and DELETE at the resource.",
)
def test_users_and_groups_take_every_method(scim: Session, type_name: str) -> None:
    """POST, GET, PUT, DELETE, and PATCH (if supported) must succeed for users and groups."""
    made = scim.new(type_name)
    path = scim.path_of(made)
    expect.status(scim.get(path), 200)
    same = {"userName": made["userName"]} if type_name == "User" else {}
    expect.status(scim.put(path, scim.body(type_name, **same)), 200)
    if scim.target.offers("patch"):
        expect.written(scim.patch(path, replaced(scim.name())))
    expect.status(scim.delete(path), 204)


@requirement(
    "RFC7644-3.5-02",
    consequence="Entra sends changes only with PATCH, so the application never learns of any change.",
    fix="Implement PATCH, and set patch.supported to true in ServiceProviderConfig.",
)
def test_patch_is_supported(scim: Session) -> None:
    """ServiceProviderConfig should have patch.supported true, and a PATCH should succeed (warning)."""
    if scim.target.config and not scim.target.offers("patch"):
        raise Finding(
            "the server does not support PATCH", "patch.supported: true", json_of(scim.target.config.get("patch"))
        )
    user, value = scim.new_user(), scim.name()
    expect.written(scim.patch(scim.path_of(user), replaced(value, "externalId")))
    expect.holds(scim.read(user), externalId=value)


@requirement(
    "RFC7644-3.12-14",
    "RFC7644-3.7-01",
    "RFC7644-3.2-05",
    consequence="A client that gets a 500 keeps retrying what the server will never do.",
    fix="Return 501 with a SCIM error if a feature is not implemented.",
)
@pytest.mark.parametrize("feature", ["patch", "bulk"])
def test_feature_that_is_not_offered_is_501(scim: Session, feature: str) -> None:
    """PATCH or /Bulk that ServiceProviderConfig does not list as supported should be rejected with 501 (warning)."""
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
        scim.warn(f"{feature} is not supported, and the status is not 501", "501", answer.told)
    expect.unchanged(scim, user)
