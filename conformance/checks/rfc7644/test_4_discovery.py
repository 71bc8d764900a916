"""RFC 7644 section 4: the responses of the discovery endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.discovery_documents import ABSENT, SCHEMAS, TYPES, Json, objects, resource_types, schemas

both = pytest.mark.parametrize("endpoint", [TYPES, SCHEMAS])


@requirement(
    "RFC7644-4-04",
    "RFC7644-4-06",
    "RFC7644-4-08",
    "RFC7644-3.2-10",
    "RFC7644-3.2-11",
    consequence="A provider cannot discover the schemas and finds no attributes to map.",
    fix="Return a ListResponse with totalResults and Resources instead of a bare array.",
)
@both
def test_discovery_lists_are_list_responses(scim: Session, endpoint: str) -> None:
    """/ResourceTypes and /Schemas must return a ListResponse whose totalResults is the number of resources."""
    answer = _offered(scim, endpoint)
    expect.equal(answer["totalResults"], len(expect.listing(answer)), "totalResults")


@requirement("RFC7644-4-04", "RFC7644-4-06")
def test_every_schema_in_use_is_listed(scim: Session) -> None:
    """/Schemas must contain the schema and the extensions of every resource type."""
    published = {schema.get("id") for schema in schemas(scim)}
    for rtype in resource_types(scim):
        for holder in [rtype, *objects(rtype.get("schemaExtensions"))]:
            expect.equal(holder.get("schema") in published, True, f"whether /Schemas contains {holder.get('schema')}")


@requirement("RFC7644-4-05", "RFC7644-4-07")
@both
def test_single_document_is_no_list(scim: Session, endpoint: str) -> None:
    """A single resource type or schema must be returned as the object itself, not as a list."""
    entry = _first(scim, endpoint)
    key = str(entry.get("id") or entry.get("name"))
    answer = expect.status(scim.get(f"{endpoint}/{key}"), 200)
    if not isinstance(answer.json, dict) or "Resources" in answer.json:
        raise Finding("the response is not a single object", "the object itself", json_of(answer.json)[:160])
    expect.equal(answer["name"], entry.get("name"), "name")


@requirement("RFC7644-4-05", "RFC7644-4-07")
@pytest.mark.parametrize("path", [f"{TYPES}/ScimulatorNothing", f"{SCHEMAS}/urn:scimulator:check:nothing"])
def test_unknown_document_is_404(scim: Session, path: str) -> None:
    """An unknown resource type or schema must be rejected with a SCIM error and 404; a different 4xx is a warning."""
    _offered(scim, f"/{path.split('/')[1]}")
    expect.not_found(scim, scim.get(path))


@requirement(
    "RFC7644-4-05", level="cosmetic", consequence="Clients that percent-encode URLs, as most libraries do, get a 404."
)
def test_urn_of_a_schema_may_be_encoded(scim: Session) -> None:
    """A schema URN in the URL should also work with colons written as %3A (warning)."""
    urn = str(_first(scim, SCHEMAS).get("id"))
    answer = scim.get(f"{SCHEMAS}/{urn.replace(':', '%3A')}")
    if answer.status != 200 or answer["id"] != urn:
        scim.warn("a schema URN with %3A is not found", f"200 with {urn}", answer.told)


@requirement("RFC7644-4-09", level="cosmetic")
@pytest.mark.parametrize("parameters", [{"count": 1, "startIndex": 2}, {"sortBy": "id", "sortOrder": "descending"}])
@both
def test_query_parameters_on_discovery_are_ignored(scim: Session, endpoint: str, parameters: dict[str, Any]) -> None:
    """Pagination and sorting parameters must not cause a server error on discovery lists; applying them is a warning."""
    plain, asked = _offered(scim, endpoint), scim.get(endpoint, **parameters)
    told = " ".join(parameters)
    if asked.status >= 500:
        raise Finding(f"the parameters {told} cause a server error", "200 with all resources", asked.told)
    if asked.status != 200 or _ids(asked) != _ids(plain):
        scim.warn(
            f"the parameters {told} are not ignored", json_of(_ids(plain)), f"{asked.status} {json_of(_ids(asked))}"
        )


@requirement("RFC7644-4-10", level="cosmetic")
@both
def test_filter_on_discovery_is_forbidden(scim: Session, endpoint: str) -> None:
    """A filter on /ResourceTypes or /Schemas should be rejected with 403 (warning)."""
    _offered(scim, endpoint)
    answer = scim.get(endpoint, filter='name eq "User"')
    if answer.status >= 500:
        expect.status(answer, 403)
    if answer.status != 403:
        scim.warn("a filter on a discovery endpoint is not rejected with 403", "403", answer.told)
        return
    expect.scim_error(answer, 403)


def _offered(scim: Session, endpoint: str) -> Answer:
    """The response of a discovery endpoint; raises NotOffered if the server does not have the endpoint."""
    answer = scim.get(endpoint)
    if answer.status in ABSENT:
        raise NotOffered(endpoint)
    return expect.status(answer, 200)


def _first(scim: Session, endpoint: str) -> Json:
    """The first entry, also of a bare array; raises NotOffered if there is none."""
    body = _offered(scim, endpoint).json
    for entry in objects(body.get("Resources") if isinstance(body, dict) else body):
        return entry
    raise NotOffered(endpoint)


def _ids(answer: Answer) -> list[str]:
    body = answer.json
    listed = body.get("Resources") if isinstance(body, dict) else body
    return [str(item.get("id") or item.get("name")) for item in objects(listed)]
