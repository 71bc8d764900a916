"""RFC 7643 section 8.7.1: what the published schemas declare, beside what the RFC prints."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN
from conformance.topics.printed_schemas import (
    ENTERPRISE,
    GROUP,
    LISTS,
    NAME,
    USER,
    Printed,
    declared_as_printed,
    printed,
)

WRONG_TYPE = "A provider that maps by the published schema sends the wrong type, and the user is refused."
FIX = "Declare the type and plurality of the RFC."


@requirement("RFC7643-8.7.1-02", *(f"RFC7643-8.7.1-{n}" for n in range(10, 20)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, USER), ids=str)
def test_simple_attributes_of_a_user_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """Type and plurality are the RFC's; another characteristic is noted and binds."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-0{n}" for n in range(3, 10)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, NAME), ids=str)
def test_name_is_declared_as_printed(scim: Session, row: Printed) -> None:
    """name is one complex attribute of texts."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(20, 32)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, LISTS), ids=str)
def test_lists_of_a_user_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """emails and the others are lists of objects; the printed canonical values are among the declared ones."""
    held = declared_as_printed(scim, row)
    parts = {str(part.get("name")): part for part in held.get("subAttributes") or ()}
    declared = (parts.get("type", {}) if parts else held).get("canonicalValues")
    if declared and not set(row.canonical) & set(declared) and row.canonical:
        scim.note(f"{row.path}: none of the printed canonical values is among {declared!r}")


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(32, 37)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(GROUP_URN, GROUP), ids=str)
def test_groups_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """displayName is a text, members a list of objects with value, $ref and type."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(37, 46)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(ENTERPRISE_URN, ENTERPRISE), ids=str)
def test_enterprise_extension_is_declared_as_printed(scim: Session, row: Printed) -> None:
    """The enterprise attributes are texts, the manager a complex attribute."""
    declared_as_printed(scim, row)


@requirement("RFC7643-8.7.1-01")
def test_schemas_may_leave_attributes_out(scim: Session) -> None:
    """What /Schemas leaves out is not judged; the attributes without which nothing works must be there."""
    if USER_URN not in scim.target.schemas:
        raise NotOffered(USER_URN)
    try:
        scim.target.need_attribute(USER_URN, "userName")
    except NotOffered:
        raise Finding("the User schema has no userName", "userName", "none") from None


@requirement("RFC7643-8.7.1-02", level="cosmetic")
def test_user_name_is_declared_required_and_unique(scim: Session) -> None:
    """userName is required, unique and without case, as section 4.1.1 demands."""
    held = _published(scim, USER_URN, "userName")
    wrong = {name: held.get(name) for name in ("required", "uniqueness", "caseExact")}
    if wrong["required"] is not True or wrong["uniqueness"] not in ("server", "global") or wrong["caseExact"] is True:
        scim.warn("userName is declared against section 4.1.1", "required, unique, not caseExact", repr(wrong))


@requirement("RFC7643-8.7.1-19", "RFC7643-E8450-01", level="lie")
def test_password_is_declared_write_only_and_never_returned(scim: Session) -> None:
    """password is writeOnly and never returned, whatever else its entry says."""
    held = _published(scim, USER_URN, "password")
    expect.equal((held.get("mutability"), held.get("returned")), ("writeOnly", "never"), "password's declaration")


@requirement("RFC7643-8.7.1-26", level="lie", consequence="A provider that writes groups of a user is not told better.")
def test_groups_of_a_user_are_declared_read_only(scim: Session) -> None:
    """User.groups is readOnly: memberships change at the group."""
    expect.equal(_published(scim, USER_URN, "groups").get("mutability"), "readOnly", "mutability of groups")


@requirement("RFC7643-8.7.1-32", "RFC7643-E5368-01", level="cosmetic")
def test_display_name_of_a_group_is_declared_required(scim: Session) -> None:
    """Group.displayName is required (erratum 5368), and a group without it is refused."""
    if _published(scim, GROUP_URN, "displayName").get("required") is not True:
        scim.warn("displayName of a group is not declared required", "required true (erratum 5368)", "false")
    body = scim.group_body()
    expect.status(scim.post(scim.groups, body), 201)
    del body["displayName"]
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        scim.warn("a group without displayName is accepted", "400", "201")
        return
    expect.refused(answer)


@requirement("RFC7643-8.7.1-27", "RFC7643-E8471-01", level="cosmetic")
def test_groups_of_a_user_refer_to_groups(scim: Session) -> None:
    """referenceTypes of groups.$ref name Group; User, as printed before erratum 8471, is noted."""
    listed = _published(scim, USER_URN, "groups.$ref").get("referenceTypes")
    if not isinstance(listed, list) or "Group" not in listed:
        raise Finding("groups.$ref does not refer to groups", '["Group"]', repr(listed))
    if "User" in listed:
        scim.note("groups.$ref may refer to users, as before erratum 8471")


@requirement("RFC7643-8.7.1-43", "RFC7643-E8472-01", level="cosmetic")
def test_manager_is_found_whatever_case_exactness_is_declared(scim: Session) -> None:
    """manager.value is caseExact (erratum 8472); false is noted, and a filter with the id finds the report."""
    if _published(scim, ENTERPRISE_URN, "manager.value").get("caseExact") is not True:
        scim.note("manager.value is not caseExact, as before erratum 8472")
    manager = scim.new_user()
    report = scim.new_user(**{ENTERPRISE_URN: {"manager": {"value": manager["id"]}}})
    answer = scim.search(f'{ENTERPRISE_URN}:manager.value eq "{manager["id"]}"')
    if answer.status in expect.DECLINED:
        scim.note("a filter on manager.value is refused")
        return
    expect.found(answer, report)


def _published(scim: Session, urn: str, path: str) -> dict[str, object]:
    """The declaration of an attribute that the target publishes."""
    if urn not in scim.target.schemas:
        raise NotOffered(urn)
    return scim.target.need_attribute(urn, path)
