"""RFC 7644 section 3.1: what a message of SCIM looks like, and how a body is read."""

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
    consequence="A client that looks at the schema takes the answer for something else.",
    fix="Write the URN of the message as the RFC registers it, letter by letter.",
)
def test_messages_bear_a_registered_schema(scim: Session, kind: str) -> None:
    """A list, an error and a bulk answer name their own schema, exactly as it is registered."""
    name = {"error": "Error", "bulk": "BulkResponse"}.get(kind, "ListResponse")
    expect.equal(_message(scim, kind)["schemas"], [MESSAGES + name], "schemas")


@requirement(
    "RFC7644-3.1-06",
    level="cosmetic",
    consequence="A client that maps every schema offers Error and PatchOp as resources.",
    fix="Leave the URNs of messages out of /Schemas.",
)
def test_messages_are_not_among_the_schemas(scim: Session) -> None:
    """/Schemas lists no message, and GET /Schemas/<URN of PatchOp> is 404."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    listed = [urn for urn in scim.target.schemas if urn.startswith(API)]
    expect.equal(listed, [], "the messages among /Schemas")
    expect.status(scim.get(f"/Schemas/{MESSAGES}PatchOp"), 404)


@requirement(
    "RFC7644-3.1-03",
    level="cosmetic",
    consequence="A client that maps by /Schemas guesses what can be written, and what is unique.",
    fix="Publish all characteristics of each attribute.",
)
def test_schemas_give_all_characteristics(scim: Session) -> None:
    """Each attribute at /Schemas says how many, whether required, whose case, who writes, when returned, how unique."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    wanted = {"multiValued", "required", "caseExact", "mutability", "returned", "uniqueness"}
    declared = [a for name in scim.target.type_names() for a in scim.target.attributes(name)]
    if not declared:
        raise Finding("the schemas of the resource types have no attributes", "attributes", "none")
    for attribute in (a for a in declared if a.type == "string"):
        if missing := wanted - attribute.definition.keys():
            scim.warn(f"{attribute}: characteristics are left out", "all of them", ", ".join(sorted(missing)))
            return


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement(
    "RFC7644-3.1-09",
    level="lie",
    consequence="The provider believes what it was told, and never repairs what differs.",
    fix="Answer with what was stored, not with what was sent.",
)
def test_answers_to_writes_show_the_stored_state(scim: Session, method: str) -> None:
    """The resource in the answer to a create, a replace or a patch is the one that the next GET shows."""
    user = scim.read(scim.new_user())
    if method == "POST":
        answer = expect.status(scim.post(scim.users, scim.user_body(active=True)), 201)
    elif method == "PUT":
        answer = expect.status(
            scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], externalId=scim.name())), 200
        )
    else:
        answer = scim.patch(scim.path_of(user), replaced(scim.name(), "externalId"))
        expect.status(expect.offered(answer), 200, 204)
    if isinstance(answer.json, dict) and "id" in answer.json:
        expect.unchanged(scim, answer.json, apart_from=("meta", "groups"))


@for_each_resource_type
@requirement(
    "RFC7644-3.1-10",
    consequence="Entra and Okta send attributes of their own mapping: one that is not known stops the whole person.",
    fix="Ignore what the schema lacks, or refuse it with 400 and its name.",
)
def test_unknown_attributes_do_no_harm(scim: Session, type_name: str) -> None:
    """An unknown attribute in a POST or a PUT is ignored, kept or refused 400, and never breaks the server."""
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
            scim.note(f"{method}: unknown attributes are refused")
            expect.scim_error(answer, 400)


@requirement("RFC7644-3.4.2-03")
def test_unknown_query_parameters_are_ignored(scim: Session) -> None:
    """Entra's flag and other unknown parameters change nothing."""
    expect.listing(scim.get(scim.users, count=1, aadOptscim062020="", scimulatorUnknown="1"))


def _message(scim: Session, kind: str) -> Answer:
    if kind == "error":
        return expect.status(scim.get(f"{scim.users}/{expect.UNKNOWN}"), 404)
    if kind == "bulk":
        return expect.status(bulk(scim, {"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}), 200)
    if kind == "search":
        body: dict[str, Any] = {"schemas": [f"{MESSAGES}SearchRequest"], "count": 1}
        answer = scim.post(f"{scim.users}/.search", body)
        if answer.status in (400, 404, 405, 501):  # A-19; what a search may ask for is judged elsewhere
            raise NotOffered(".search")
        return expect.status(answer, 200)
    if kind == "empty list":
        return expect.status(scim.search(f'userName eq "{scim.name()}"'), 200)
    return expect.status(scim.get(scim.users, count=1), 200)
