"""Interoperability profile sections 5.3 and 5.4: undefined attributes are rejected, and type values are published."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.model.definitions import named, parts_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.topics.discovery_documents import objects
from conformance.topics.interop_rules import UNKNOWN_ATTRIBUTE, UNKNOWN_URN
from conformance.topics.one_attribute import is_top, needed
from conformance.topics.samples import replaced

LOST = "The server silently discards an attribute that a provider maps, and no one learns that the mapping is wrong."
REFUSE = "Reject every name that no schema of the resource type defines with 400 and scimType invalidSyntax."


def _attribute_on_create(scim: Session) -> Answer:
    return scim.post(scim.users, {**scim.user_body(), UNKNOWN_ATTRIBUTE: "x"})


def _attribute_in_a_patch(scim: Session) -> Answer:
    return scim.patch(scim.path_of(scim.new_user()), replaced("x", UNKNOWN_ATTRIBUTE))


def _schema_on_create(scim: Session) -> Answer:
    body = scim.user_body()
    return scim.post(scim.users, {**body, "schemas": [*body["schemas"], UNKNOWN_URN]})


def _extension_on_create(scim: Session) -> Answer:
    body = scim.user_body()
    return scim.post(
        scim.users, {**body, "schemas": [*body["schemas"], UNKNOWN_URN], UNKNOWN_URN: {UNKNOWN_ATTRIBUTE: "x"}}
    )


PROBES: dict[str, Callable[[Session], Answer]] = {
    "an attribute on create": _attribute_on_create,
    "an attribute in a PATCH": _attribute_in_a_patch,
    "a schema on create": _schema_on_create,
    "an extension on create": _extension_on_create,
}


@requirement("INTEROP-5.3-01", level="lie", consequence=LOST, fix=REFUSE)
def test_interop_create_with_an_unknown_attribute_is_refused(scim: Session) -> None:
    """POST with an undefined attribute must be rejected and store no user; without the attribute it must be accepted."""
    body = scim.user_body()
    expect.refused(scim.post(scim.users, {**body, UNKNOWN_ATTRIBUTE: "x"}))
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))
    expect.status(scim.post(scim.users, body), 201)


@requirement("INTEROP-5.3-02", level="lie", consequence=LOST, fix=REFUSE)
def test_interop_patch_of_an_unknown_attribute_is_refused(scim: Session) -> None:
    """PATCH with an undefined path must be rejected as a whole, including its valid operations."""
    user = scim.new_user(displayName="Before")
    expect.refused(scim.patch(scim.path_of(user), replaced("After"), replaced("x", UNKNOWN_ATTRIBUTE)))
    expect.unchanged(scim, user)
    expect.written(scim.patch(scim.path_of(user), replaced("After")))


@pytest.mark.parametrize("probe", ["a schema on create", "an extension on create"])
@requirement("INTEROP-5.3-03", level="lie", consequence=LOST, fix=REFUSE)
def test_interop_unknown_schemas_are_refused(scim: Session, probe: str) -> None:
    """POST with a schema URN that the resource type does not have must be rejected."""
    expect.refused(PROBES[probe](scim))


@pytest.mark.parametrize("probe", list(PROBES))
@requirement("INTEROP-5.3-04", level="refusal", consequence="A client cannot tell a wrong mapping from a wrong value.")
def test_interop_unknown_names_are_called_invalid_syntax(scim: Session, probe: str) -> None:
    """Undefined attributes and schemas must be rejected with 400, scimType invalidSyntax, and a SCIM error body."""
    expect.scim_error(PROBES[probe](scim), 400, "invalidSyntax")


@requirement("INTEROP-5.3-05", level="cosmetic")
def test_interop_strictness_of_put_and_bulk(scim: Session) -> None:
    """PUT and bulk with an undefined attribute must not return a 5xx; a note reports what the server does."""
    user = scim.new_user()
    answers = {"PUT": scim.put(scim.path_of(user), {**scim.read(user), UNKNOWN_ATTRIBUTE: "x"})}
    if scim.target.offers("bulk"):
        data = {**scim.user_body(), UNKNOWN_ATTRIBUTE: "x"}
        answers["bulk"] = _bulk(scim, {"method": "POST", "path": scim.users, "bulkId": "b", "data": data})
    for name, answer in answers.items():
        _is_an_answer(answer)
        result = (objects(answer["Operations"]) or [{}])[0] if name == "bulk" else {"status": answer.status}
        scim.note(f"the server returns status {result.get('status')} for {name} with an unknown attribute")


@requirement("INTEROP-5.3-06", level="cosmetic")
def test_interop_unknown_part_of_an_attribute(scim: Session) -> None:
    """POST with an undefined sub-attribute must not return a 5xx; a note reports what the server does."""
    body = scim.user_body(name={"familyName": "Known", UNKNOWN_ATTRIBUTE: "x"})
    answer = _is_an_answer(scim.post(scim.users, body))
    scim.note(
        f"the server {'accepts' if answer.status == 201 else f'rejects ({answer.status})'} an unknown sub-attribute of name"
    )


@requirement(
    "INTEROP-5.4-01",
    level="refusal",
    consequence="A client may send only published type values; if there are none, it cannot send any e-mail address.",
    fix="Publish canonicalValues for the type sub-attribute.",
)
@for_each_attribute(
    lambda attribute: is_top(attribute) and attribute.mutability != "readOnly" and attribute.multi_valued
)
def test_interop_kinds_of_values_are_listed(scim: Session, attribute: Attribute) -> None:
    """/Schemas must publish `canonicalValues` for each multi-valued attribute whose elements have a `type`."""
    definition = scim.target.need_attribute(needed(attribute).schema, attribute.name)
    kind = named(parts_of(definition), "type")
    if kind is None:
        return
    listed = kind.get("canonicalValues") or definition.get("canonicalValues")
    if not isinstance(listed, list) or not all(isinstance(value, str) for value in listed):
        raise Finding(
            f"/Schemas publishes no type values for {attribute.path}", 'canonicalValues: ["work", …]', json_of(listed)
        )


def _bulk(scim: Session, operation: dict[str, object]) -> Answer:
    urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    answer = scim.client.send("POST", "/Bulk", {"schemas": [urn], "Operations": [operation]})
    for result in objects(answer["Operations"]):
        scim.remember_url(str(result.get("location")))
    return answer


def _is_an_answer(answer: Answer) -> Answer:
    if answer.status >= 500 and answer.status != 501:
        raise Finding("the server fails on an unknown name", "a 2xx or a 4xx", answer.told)
    return answer
