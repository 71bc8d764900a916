"""RFC 7643 section 8.7.1: the published schemas, compared with those that the RFC prints."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
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

WRONG_TYPE = (
    "A provider that follows the published schema sends values of the wrong type, and the server rejects the user."
)
FIX = "Declare the type and multiValued as in RFC 7643."


@requirement("RFC7643-8.7.1-02", *(f"RFC7643-8.7.1-{n}" for n in range(10, 20)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, USER), ids=str)
def test_simple_attributes_of_a_user_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """Simple attributes of users must be declared with the type of RFC 7643; other differences produce notes."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-0{n}" for n in range(3, 10)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, NAME), ids=str)
def test_name_is_declared_as_printed(scim: Session, row: Printed) -> None:
    """name must be declared as a singular complex attribute with string sub-attributes."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(20, 32)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(USER_URN, LISTS), ids=str)
def test_lists_of_a_user_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """Multi-valued attributes of users must be declared as in RFC 7643; other canonical values produce a note."""
    held = declared_as_printed(scim, row)
    parts = {str(part.get("name")): part for part in held.get("subAttributes") or ()}
    declared = (parts.get("type", {}) if parts else held).get("canonicalValues")
    if declared and not set(row.canonical) & set(declared) and row.canonical:
        scim.note(f"{row.path}: the canonical values {json_of(declared)} contain none of those in RFC 7643")


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(32, 37)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(GROUP_URN, GROUP), ids=str)
def test_groups_are_declared_as_printed(scim: Session, row: Printed) -> None:
    """displayName must be declared as a string, and members as a list of objects with value, $ref, and type."""
    declared_as_printed(scim, row)


@requirement(*(f"RFC7643-8.7.1-{n}" for n in range(37, 46)), consequence=WRONG_TYPE, fix=FIX)
@pytest.mark.parametrize("row", printed(ENTERPRISE_URN, ENTERPRISE), ids=str)
def test_enterprise_extension_is_declared_as_printed(scim: Session, row: Printed) -> None:
    """Enterprise attributes must be declared as strings, and manager as a complex attribute."""
    declared_as_printed(scim, row)


@requirement("RFC7643-8.7.1-01")
def test_schemas_may_leave_attributes_out(scim: Session) -> None:
    """The User schema may omit optional attributes, but should have userName (warning)."""
    if USER_URN not in scim.target.schemas:
        raise NotOffered(USER_URN)
    try:
        scim.target.need_attribute(USER_URN, "userName")
    except NotOffered:
        raise Finding("the User schema has no userName", "userName", "none") from None


@requirement("RFC7643-8.7.1-02", level="cosmetic")
def test_user_name_is_declared_required_and_unique(scim: Session) -> None:
    """userName should be declared as required, unique, and case-insensitive (RFC 7643 section 4.1.1) (warning)."""
    held = _published(scim, USER_URN, "userName")
    wrong = {name: held.get(name) for name in ("required", "uniqueness", "caseExact")}
    if wrong["required"] is not True or wrong["uniqueness"] not in ("server", "global") or wrong["caseExact"] is True:
        scim.warn(
            "the declaration of userName contradicts RFC 7643 section 4.1.1",
            "required, unique, not caseExact",
            json_of(wrong),
        )


@requirement("RFC7643-8.7.1-19", "RFC7643-E8450-01", level="lie")
def test_password_is_declared_write_only_and_never_returned(scim: Session) -> None:
    """password must be declared as writeOnly and returned never."""
    held = _published(scim, USER_URN, "password")
    expect.equal(
        (held.get("mutability"), held.get("returned")), ("writeOnly", "never"), "mutability and returned of password"
    )


@requirement(
    "RFC7643-8.7.1-26",
    level="lie",
    consequence="A provider does not learn that it cannot change memberships through the user.",
)
def test_groups_of_a_user_are_declared_read_only(scim: Session) -> None:
    """groups of users must be declared as readOnly."""
    expect.equal(_published(scim, USER_URN, "groups").get("mutability"), "readOnly", "mutability of groups")


@requirement("RFC7643-8.7.1-32", "RFC7643-E5368-01", level="cosmetic")
def test_display_name_of_a_group_is_declared_required(scim: Session) -> None:
    """displayName of groups should be declared required (erratum 5368), and groups without it rejected (warning)."""
    if _published(scim, GROUP_URN, "displayName").get("required") is not True:
        scim.warn("displayName of groups is not declared as required", "required true (erratum 5368)", "false")
    body = scim.group_body()
    expect.status(scim.post(scim.groups, body), 201)
    del body["displayName"]
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        scim.warn("the server accepts a group without displayName", "400", "201")
        return
    expect.refused(answer)


@requirement("RFC7643-8.7.1-27", "RFC7643-E8471-01", level="cosmetic")
def test_groups_of_a_user_refer_to_groups(scim: Session) -> None:
    """referenceTypes of groups.$ref must contain Group; User, as printed before erratum 8471, produces a note."""
    listed = _published(scim, USER_URN, "groups.$ref").get("referenceTypes")
    if not isinstance(listed, list) or "Group" not in listed:
        raise Finding("referenceTypes of groups.$ref does not contain Group", '["Group"]', json_of(listed))
    if "User" in listed:
        scim.note("referenceTypes of groups.$ref contains User, as before erratum 8471")


@requirement("RFC7643-8.7.1-43", "RFC7643-E8472-01", level="cosmetic")
def test_manager_is_found_whatever_case_exactness_is_declared(scim: Session) -> None:
    """A filter on manager.value must find the report; caseExact false, as before erratum 8472, produces a note."""
    if _published(scim, ENTERPRISE_URN, "manager.value").get("caseExact") is not True:
        scim.note("manager.value is not caseExact, as before erratum 8472")
    manager = scim.new_user()
    report = scim.new_user(**{ENTERPRISE_URN: {"manager": {"value": manager["id"]}}})
    answer = scim.search(f'{ENTERPRISE_URN}:manager.value eq "{manager["id"]}"')
    if answer.status in expect.DECLINED:
        scim.note("the server rejects a filter on manager.value")
        return
    expect.found(answer, report)


def _published(scim: Session, urn: str, path: str) -> dict[str, object]:
    """The declaration of an attribute; raises NotOffered if the target does not publish it."""
    if urn not in scim.target.schemas:
        raise NotOffered(urn)
    return scim.target.need_attribute(urn, path)
