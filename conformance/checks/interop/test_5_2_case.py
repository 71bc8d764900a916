"""Interoperability profile section 5.2: case sensitivity in filters and uniqueness checks."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN

TWICE = "A provider looks for a user and finds none; its create is then rejected as a duplicate, in every cycle again."


@pytest.mark.parametrize("path", ["User.userName", "Group.displayName"])
@requirement(
    "INTEROP-5.2-01",
    level="refusal",
    consequence=TWICE,
    fix="Use the same comparison in filters and in the uniqueness check.",
)
def test_interop_filters_and_uniqueness_agree_on_case(scim: Session, path: str) -> None:
    """A filter must match a value in another case if, and only if, a create with that value is a conflict (409)."""
    type_name, _, name = path.partition(".")
    first = scim.new(type_name)
    endpoint = scim.target.need_type(type_name)
    if scim.post(endpoint, {**scim.body(type_name), name: first[name]}).status != 409:
        raise NotOffered(f"unique values of {path}")
    other = first[name].swapcase()
    found = bool(expect.listing(scim.search(f'{name} eq "{other}"', endpoint)))
    created = expect.status(scim.post(endpoint, {**scim.body(type_name), name: other}), 201, 409)
    if found is not (created.status == 409):
        words = (
            "matches" if found else "does not match",
            "is a conflict" if created.status == 409 else "is not a conflict",
        )
        raise Finding(
            f"{path}: the filter and the uniqueness check treat case differently",
            "the same rule for both",
            f"the filter {words[0]}, the create {words[1]}",
        )


@requirement("INTEROP-5.2-02", level="lie", consequence="A change that is meant for one resource reaches another.")
def test_interop_id_is_compared_with_case(scim: Session) -> None:
    """An id in another case must not match the resource, neither in the path nor in a filter."""
    user = scim.new_user()
    other = str(user["id"]).swapcase()
    if other == user["id"]:
        raise NotOffered("an id with a letter in it")
    expect.status(scim.get(f"{scim.users}/{other}"), 404)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'id eq "{other}"'))


@requirement(
    "INTEROP-5.2-03",
    level="lie",
    consequence="Two users in the directory whose keys differ only in case become one user in the application.",
    fix="Compare externalId with case, in filters and in uniqueness checks.",
)
def test_interop_external_id_is_compared_with_case(scim: Session) -> None:
    """Two users whose `externalId` differs only in case must be accepted, and a filter must match with case."""
    key = scim.name()
    first = scim.new_user(externalId=f"{key}-Aa")
    if "externalId" not in first:
        raise NotOffered("externalId")
    answer = scim.post(scim.users, scim.user_body(externalId=f"{key}-aA"))
    if answer.status == 409:
        raise Finding("The server ignores case when it compares externalId", "201", "409")
    expect.status(answer, 201)
    expect.found(scim.search(f'externalId eq "{key}-Aa"'), first)
    expect.found(scim.search(f'externalId eq "{key}-AA"'))


@requirement("INTEROP-5.2-04", level="lie", consequence=TWICE, fix="Ignore case wherever userName is compared.")
def test_interop_user_name_is_compared_without_case(scim: Session) -> None:
    """`userName` must be compared without case: "jsmith" must find "JSmith", and creating it must be rejected with 409."""
    name = f"JSmith-{scim.name()}"
    user = scim.new_user(userName=name)
    expect.found(scim.search(f'userName eq "{name.lower()}"'), user)
    expect.status(scim.post(scim.users, scim.user_body(userName=name.lower())), 409)


@requirement("INTEROP-5.2-05", level="cosmetic", fix="Declare caseExact as in RFC 7643.")
def test_interop_case_is_declared(scim: Session) -> None:
    """/Schemas must declare `caseExact` false for `userName` and, where listed, true for `id` and `externalId`."""
    if scim.target.need_attribute(USER_URN, "userName").get("caseExact") is True:
        raise Finding("/Schemas declares userName as caseExact", "false", "true")
    for name in scim.target.type_names():
        for attribute in scim.target.attributes(name):
            if attribute.parent is None and attribute.is_core and attribute.name in ("id", "externalId"):
                expect.equal(attribute.case_exact, True, f"caseExact of {attribute} in /Schemas")
