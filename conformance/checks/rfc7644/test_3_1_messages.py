"""RFC 7644 section 3.1: the format of SCIM messages, and how the server reads request bodies."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.bulk_requests import bulk
from conformance.topics.samples import replaced

API = "urn:ietf:params:scim:api:"
MESSAGES = f"{API}messages:2.0:"


@pytest.mark.parametrize("kind", ["list", "empty list", "error", "search", "bulk"])
@requirement(
    "RFC7644-3.1-05",
    "RFC7644-8.2-01",
    level="refusal",
    consequence="A client that checks schemas does not recognize the response.",
    fix="Write the URN of the message exactly as the RFC registers it.",
)
def test_messages_bear_a_registered_schema(scim: Session, kind: str) -> None:
    """List, error, and bulk responses must contain exactly the registered schema URN of their message."""
    name = {"error": "Error", "bulk": "BulkResponse"}.get(kind, "ListResponse")
    expect.equal(_message(scim, kind)["schemas"], [MESSAGES + name], "schemas")


@requirement(
    "RFC7644-3.1-06",
    level="cosmetic",
    consequence="A client that maps every schema offers Error and PatchOp as resources.",
    fix="Do not list the URNs of messages at /Schemas.",
)
def test_messages_are_not_among_the_schemas(scim: Session) -> None:
    """/Schemas must not list message schemas, and GET /Schemas/{URN of PatchOp} must return 404."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    listed = [urn for urn in scim.target.schemas if urn.startswith(API)]
    expect.equal(listed, [], "message schemas at /Schemas")
    expect.status(scim.get(f"/Schemas/{MESSAGES}PatchOp"), 404)


@requirement(
    "RFC7644-3.1-03",
    level="cosmetic",
    consequence="A client that builds its mapping from /Schemas has to guess which attributes are writable and unique.",
    fix="Publish all characteristics of each attribute.",
)
def test_schemas_give_all_characteristics(scim: Session) -> None:
    """/Schemas must define attributes for each resource type; missing characteristics are a warning."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    wanted = {"multiValued", "required", "caseExact", "mutability", "returned", "uniqueness"}
    declared = [a for name in scim.target.type_names() for a in scim.target.attributes(name)]
    if not declared:
        raise Finding("the schemas of the resource types define no attributes", "attributes", "none")
    for attribute in (a for a in declared if a.type == "string"):
        if missing := wanted - attribute.definition.keys():
            scim.warn(f"the definition of {attribute} lacks characteristics", "all of them", ", ".join(sorted(missing)))
            return


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement(
    "RFC7644-3.1-09",
    level="lie",
    consequence="The provider relies on the response and never corrects what was stored differently.",
    fix="Return what was stored, not what was sent.",
)
def test_answers_to_writes_show_the_stored_state(scim: Session, method: str) -> None:
    """The resource in the response to POST, PUT, or PATCH must equal the resource that the next GET returns."""
    user = scim.read(scim.new_user())
    if method == "POST":
        answer = expect.status(scim.post(scim.users, scim.user_body(active=True)), 201)
    elif method == "PUT":
        answer = expect.status(
            scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], externalId=scim.name())), 200
        )
    else:
        answer = scim.patch(scim.path_of(user), replaced(scim.name()))
        expect.status(expect.offered(answer), 200, 204)
    if isinstance(answer.json, dict) and "id" in answer.json:
        expect.unchanged(scim, answer.json, apart_from=("meta", "groups"))


@for_each_resource_type
@requirement(
    "RFC7644-3.1-10",
    consequence="Entra and Okta send attributes of their own mapping: one unknown attribute blocks the whole user.",
    fix="Ignore attributes that the schema does not define, or reject them with 400 and name them in detail.",
)
def test_unknown_attributes_do_no_harm(scim: Session, type_name: str) -> None:
    """Unknown attributes in POST and PUT must be ignored, stored, or rejected with 400, and must not cause another error."""
    unknown = {"scimulatorUnknown": {"a": [1, {"b": None}]}}
    made = scim.new(type_name)
    same = {"userName": made["userName"]} if type_name == "User" else {}
    sent = {
        "POST": scim.post(scim.target.need_type(type_name), {**scim.body(type_name), **unknown}),
        "PUT": scim.put(scim.path_of(made), {**scim.body(type_name, **same), **unknown}),
    }
    for method, answer in sent.items():
        expect.status(answer, 200, 201, 400)
        if answer.status == 400:
            scim.note(f"{method} with unknown attributes is rejected")
            expect.scim_error(answer, 400)


@requirement("RFC7644-3.4.2-03")
def test_unknown_query_parameters_are_ignored(scim: Session) -> None:
    """Unknown query parameters, such as Entra's aadOptscim062020, should be ignored (warning)."""
    expect.listing(scim.get(scim.users, count=1, aadOptscim062020="", scimulatorUnknown="1"))


def _message(scim: Session, kind: str) -> Answer:
    if kind == "error":
        return expect.status(scim.get(f"{scim.users}/{expect.UNKNOWN}"), 404)
    if kind == "bulk":
        return expect.status(bulk(scim, {"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}), 200)
    if kind == "search":
        body: dict[str, Any] = {"schemas": [f"{MESSAGES}SearchRequest"], "count": 1}
        answer = scim.post(f"{scim.users}/.search", body)
        if answer.status in (400, 404, 405, 501):  # .search is optional; other checks test what it must support
            raise NotOffered(".search")
        return expect.status(answer, 200)
    if kind == "empty list":
        return expect.status(scim.search(f'userName eq "{scim.name()}"'), 200)
    return expect.status(scim.get(scim.users, count=1), 200)
