"""RFC 7643 section 3.1: id and externalId."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.round_trips import accepted, created, representations
from conformance.topics.samples import replaced

TAKEOVER = "Anyone who can create users can take over any account."


@requirement(
    "RFC7643-3.1-04",
    "RFC7643-3.1-09",
    "RFC7643-3.1-10",
    consequence="Clients with typed models cannot read the resource.",
)
@for_each_resource_type
def test_server_assigns_an_id(scim: Session, type_name: str) -> None:
    """Every response must show the same id: a non-empty string that does not contain `bulkId`."""
    if type_name is None:
        raise NotOffered("a resource type")
    seen = [resource.get("id") for _, resource in representations(scim, type_name, scim.body(type_name))]
    for id_ in seen:
        if not isinstance(id_, str) or not id_ or "bulkid" in id_.lower():
            raise Finding("the id is not a valid identifier", "a non-empty string without bulkId", json_of(id_))
    expect.equal(set(map(str, seen)), {str(seen[0])}, "ids of one resource in several responses")


@requirement("RFC7643-3.1-04", "RFC7643-3.1-10", consequence="A client cannot tell which resource it has read.")
@pytest.mark.parametrize(
    "parameters",
    [{"attributes": "userName"}, {"excludedAttributes": "id"}, {"excludedAttributes": "userName"}],
    ids=["attributes", "id excluded", "excludedAttributes"],
)
def test_id_is_in_every_projection(scim: Session, parameters: dict[str, str]) -> None:
    """id must be returned in every GET and list, regardless of attributes and excludedAttributes."""
    user = scim.new_user()
    expect.equal(expect.status(scim.get(scim.path_of(user), **parameters), 200)["id"], user["id"], "id")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"', **parameters), user)


@requirement("RFC7643-3.1-08", level="lie", consequence=TAKEOVER)
def test_id_of_a_client_is_ignored_on_create(scim: Session) -> None:
    """An id in a POST must be ignored, even that of another resource; rejecting it is a warning."""
    other = scim.new_user()
    for id_ in ("scimulator-check-own-id", other["id"]):
        answer = scim.post(scim.users, scim.user_body(id=id_))
        if answer.status == 400:
            scim.warn("the server rejects a POST with an id instead of ignoring the id", "201", "400")
            continue
        if created(expect.status(answer, 201))["id"] == id_:
            raise Finding("the server uses the id that the client sent", "an id that the server assigns", json_of(id_))
    expect.unchanged(scim, other)


@requirement("RFC7643-3.1-05", level="lie", consequence="A membership or a manager refers to the wrong resource.")
def test_ids_are_distinct(scim: Session) -> None:
    """All resources must have distinct ids, across resource types."""
    made = [scim.new(name) for name in scim.target.type_names() for _ in range(2)]
    ids = [str(resource["id"]) for resource in made]
    expect.equal(len(set(ids)), len(ids), f"number of distinct ids among {ids}")
    shown: dict[str, set[str]] = {}
    for name in scim.target.type_names():
        for item in expect.listing(scim.get(scim.target.need_type(name), count=50)):
            shown.setdefault(str(item.get("id")), set()).add(name)
    expect.equal(
        {id_: names for id_, names in shown.items() if len(names) > 1}, {}, "ids that resources of two types share"
    )


@requirement("RFC7643-3.1-06", "RFC7643-3.1-10", level="lie")
def test_id_is_stable_and_never_given_again(scim: Session) -> None:
    """PUT and PATCH must not change the id, and the id of a deleted resource must not be used again."""
    user = scim.new_user()
    body = {**scim.user_body(), "userName": user["userName"], "id": "scimulator-check"}
    answer = scim.put(scim.path_of(user), body)
    if answer.status == 200:
        expect.equal(answer["id"], user["id"], "id in the response to PUT")
    if scim.target.offers("patch"):
        scim.patch(scim.path_of(user), replaced("scimulator-check", "id"))
    expect.holds(scim.read(user), id=user["id"])
    expect.status(scim.delete(scim.path_of(user)), 204, 200, 202)
    again = scim.new_user(userName=f"again-{user['userName']}")
    if again["id"] == user["id"]:
        raise Finding("a new resource has the id of a deleted resource", "a new id", json_of(again["id"]))


@requirement("RFC7643-3.1-10", level="cosmetic")
def test_id_is_compared_with_case(scim: Session) -> None:
    """A filter on id must be case-sensitive; a GET by the id in another case produces a note."""
    user = scim.new_user()
    answer = scim.search(f'id eq "{user["id"]}"')
    expect.found(expect.evaluated(answer, "a filter on id"), user)
    swapped = str(user["id"]).swapcase()
    if swapped != user["id"]:
        expect.chosen(scim, scim.search(f'id eq "{swapped}"'), optional=True)
        if scim.get(f"{scim.users}/{swapped}").status == 200:
            scim.note("GET returns the resource for its id in another case")


@requirement("RFC7643-3.1-12")
def test_server_invents_no_external_id(scim: Session) -> None:
    """The server must not assign an externalId to a user that was created without one."""
    expect.lacks(scim.read(scim.new_user()), "externalId")


@requirement(
    "RFC7643-3.1-14",
    level="refusal",
    consequence="Users from two sources that happen to share an identifier are rejected.",
)
def test_external_id_need_not_be_unique(scim: Session) -> None:
    """Two users must be able to have the same externalId; rejecting or ignoring that of the second is a warning."""
    own = scim.name()
    scim.new_user(externalId=own)
    answer = scim.post(scim.users, scim.user_body(externalId=own))
    if answer.status == 409:
        scim.warn("the server rejects a second user with the same externalId", "201", "409")
        return
    expect.holds(_stored(scim, created(expect.status(answer, 201))), externalId=own)


@requirement(
    "RFC7643-3.1-15", level="lie", consequence="A provider that matches users by externalId no longer finds them."
)
def test_external_id_keeps_its_case(scim: Session) -> None:
    """externalId must be returned exactly as sent, including case; a POST that ignores it is a warning."""
    value = scim.name() + "-AbC"
    expect.holds(accepted(scim, externalId=value), externalId=value)


@requirement(
    "RFC7643-3.1-15", level="lie", consequence="The provider confuses two users whose identifiers differ only in case."
)
def test_external_id_is_compared_with_case(scim: Session) -> None:
    """A filter on externalId must be case-sensitive."""
    value = scim.name() + "-AbC"
    user = _stored(scim, scim.new_user(externalId=value))
    answer = scim.search(f'externalId eq "{value}"')
    expect.found(expect.evaluated(answer, "a filter on externalId"), user)
    expect.found(scim.search(f'externalId eq "{value.swapcase()}"'))


@requirement("RFC7643-3.1-15", level="lie")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_external_id_can_be_changed(scim: Session, method: str) -> None:
    """PUT and PATCH must be able to change externalId."""
    user, value = scim.new_user(externalId=scim.name()), scim.name()
    path = scim.path_of(user)
    if method == "PUT":
        expect.status(scim.put(path, scim.user_body(userName=user["userName"], externalId=value)), 200)
    else:
        expect.written(scim.patch(path, replaced(value, "externalId")))
    expect.holds(scim.read(user), externalId=value)


@requirement("RFC7643-3.1-03", level="cosmetic")
@for_each_resource_type
def test_common_attributes_are_declared_as_the_rfc_has_them(scim: Session, type_name: str) -> None:
    """If /Schemas lists the common attributes, id and meta must be readOnly and externalId must be readWrite."""
    wanted: dict[str, Any] = {"id": "readOnly", "meta": "readOnly", "externalId": "readWrite"}
    for attribute in scim.target.attributes(type_name) if type_name else ():
        if attribute.parent is None and attribute.is_core and attribute.name in wanted:
            expect.equal(attribute.mutability, wanted[attribute.name], f"mutability of {attribute}")


def _stored(scim: Session, user: dict[str, Any]) -> dict[str, Any]:
    """The new user as a GET shows it; a missing externalId is a warning, because a server may ignore what is posted."""
    shown = scim.read(user)
    if not shown.get(
        "externalId"
    ):  # RFC 7644 section 3.3; a PUT or PATCH must store it (test_external_id_can_be_changed)
        raise Finding("POST ignores externalId", "the externalId sent", "none", Verdict.WARN)
    return shown
