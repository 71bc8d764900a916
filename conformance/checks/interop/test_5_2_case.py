"""Interoperability profile section 5.2: when two values are the same."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN

TWICE = (
    "A provider looks for somebody, finds nobody, and its creation is then refused as a duplicate: it never gets on."
)


@pytest.mark.parametrize("path", ["User.userName", "Group.displayName"])
@requirement(
    "INTEROP-5.2-01", level="refusal", consequence=TWICE, fix="Compare in filters as the uniqueness check compares."
)
def test_interop_filters_and_uniqueness_agree_on_case(scim: Session, path: str) -> None:
    """A filter finds the other spelling exactly when a second creation of it is a conflict."""
    type_name, _, name = path.partition(".")
    first = scim.new(type_name)
    endpoint = scim.target.need_type(type_name)
    if scim.post(endpoint, {**scim.body(type_name), name: first[name]}).status != 409:
        raise NotOffered(f"unique values of {path}")
    other = first[name].swapcase()
    found = bool(expect.listing(scim.search(f'{name} eq "{other}"', endpoint)))
    created = expect.status(scim.post(endpoint, {**scim.body(type_name), name: other}), 201, 409)
    if found is not (created.status == 409):
        words = ("finds" if found else "does not find", "a conflict" if created.status == 409 else "none")
        raise Finding(
            f"{path}: filter and uniqueness disagree", "one rule of case", f"the filter {words[0]}, {words[1]}"
        )


@requirement("INTEROP-5.2-02", level="lie", consequence="A change meant for one resource reaches another.")
def test_interop_id_is_compared_with_case(scim: Session) -> None:
    """An id in the other case is another resource, in the path and in a filter."""
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
    consequence="Two people of a directory whose keys differ in case alone become one.",
    fix="Compare externalId octet by octet, in filters and in uniqueness.",
)
def test_interop_external_id_is_compared_with_case(scim: Session) -> None:
    """Two users whose externalId differs in case alone can exist, and a filter tells them apart."""
    key = scim.name()
    first = scim.new_user(externalId=f"{key}-Aa")
    if "externalId" not in first:
        raise NotOffered("externalId")
    answer = scim.post(scim.users, scim.user_body(externalId=f"{key}-aA"))
    if answer.status == 409:
        raise Finding("externalId is compared without case", "201", "409")
    expect.status(answer, 201)
    expect.found(scim.search(f'externalId eq "{key}-Aa"'), first)
    expect.found(scim.search(f'externalId eq "{key}-AA"'))


@requirement("INTEROP-5.2-04", level="lie", consequence=TWICE, fix="Fold case where userName is compared.")
def test_interop_user_name_is_compared_without_case(scim: Session) -> None:
    """jsmith finds JSmith, and cannot be created beside it."""
    name = f"JSmith-{scim.name()}"
    user = scim.new_user(userName=name)
    expect.found(scim.search(f'userName eq "{name.lower()}"'), user)
    expect.status(scim.post(scim.users, scim.user_body(userName=name.lower())), 409)


@requirement("INTEROP-5.2-05", level="cosmetic", fix="Declare caseExact as RFC 7643 does.")
def test_interop_case_is_declared(scim: Session) -> None:
    """/Schemas has userName without case; id and externalId, where they are listed, with."""
    if scim.target.need_attribute(USER_URN, "userName").get("caseExact") is True:
        raise Finding("userName is declared caseExact", "false", "true")
    for name in scim.target.type_names():
        for attribute in scim.target.attributes(name):
            if attribute.parent is None and attribute.is_core and attribute.name in ("id", "externalId"):
                expect.equal(attribute.case_exact, True, f"caseExact of {attribute}")
