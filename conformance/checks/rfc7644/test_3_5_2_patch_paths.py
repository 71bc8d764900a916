"""RFC 7644 section 3.5.2: the paths of a PATCH."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.samples import address, addresses, mails, replaced

SYNTAX = ("invalidSyntax", "invalidValue", "invalidPath")


@requirement(
    "RFC7644-3.5.2-10", "RFC7644-3.12-23", level="lie", fix="Return 400 invalidPath before applying any operation."
)
@pytest.mark.parametrize(
    "path",
    ["emails[type eq", "..", 'emails[type eq "work"]value', "a b c", "name.", "emails[broken!!!", "[]", ".displayName"],
)
def test_malformed_path_is_refused(scim: Session, path: str) -> None:
    """PATCH with a malformed path must be rejected with 400 and must change nothing."""
    user = scim.new_user()
    for value in ("x", {"displayName": "merged"}):
        answer = scim.patch(scim.path_of(user), replaced(value, path))
        expect.keyword(scim, answer, 400, "invalidPath", "invalidFilter", "noTarget", "invalidValue", "invalidSyntax")
        expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-02", level="lie")
@pytest.mark.parametrize("path", ["emails[0].value", "/emails/0", "/displayName"])
def test_json_patch_paths_are_refused(scim: Session, path: str) -> None:
    """PATCH with an array index or a JSON Pointer as its path must be rejected with 400."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    answer = scim.patch(scim.path_of(user), replaced(address(scim), path))
    expect.keyword(scim, answer, 400, "invalidPath", "invalidFilter", "invalidSyntax", "noTarget", "invalidValue")
    expect.unchanged(scim, user)


@requirement(
    "RFC7644-3.5.2-11",
    level="lie",
    consequence="The provider believes that the value is set, and the difference is never corrected.",
)
@pytest.mark.parametrize(
    "path",
    [
        "scimulatorUnknown",
        "name.scimulatorUnknown",
        "urn:example:none:2.0:User:x",
        "__proto__.polluted",
        "constructor.prototype.polluted",
    ],
)
def test_path_to_an_unknown_attribute_is_refused(scim: Session, path: str) -> None:
    """PATCH with a path to an unknown attribute must be rejected with 400; accepting it is a warning."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "add", "path": path, "value": "x"})
    if answer.status < 300:
        scim.warn("PATCH with a path to an unknown attribute succeeds", "400 invalidPath", str(answer.status))
        return
    expect.keyword(scim, answer, 400, "invalidPath", "noTarget", "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-12", "RFC7644-3.10-01", level="lie")
@pytest.mark.parametrize("path", ["DISPLAYNAME", "displayname", f"{USER_URN}:displayName", f"{USER_URN}:DisplayName"])
def test_paths_are_case_insensitive_and_may_carry_the_urn(scim: Session, path: str) -> None:
    """PATCH paths must be case-insensitive and may contain the schema URN."""
    user = scim.new_user(displayName="Before")
    expect.written(scim.patch(scim.path_of(user), replaced("After", path)))
    read = scim.read(user)
    expect.holds(read, displayName="After")
    expect.equal([name for name in read if name.lower() == "displayname"], ["displayName"], "the name of the attribute")


@requirement("RFC7644-3.5.2-09", level="lie")
@pytest.mark.parametrize(
    "path", ["nickName", "name.familyName", "emails", 'emails[type eq "work"]', 'emails[type eq "work"].type']
)
def test_every_form_of_path_is_taken(scim: Session, path: str) -> None:
    """PATCH must support every form of path: attribute, sub-attribute, value filter, and filter with sub-attribute."""
    work, _, _ = addresses(scim)
    user = scim.new_user(nickName="Nick", name={"givenName": "Ann", "familyName": "Berg"}, emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": path}))
    read = scim.read(user)
    held = {
        "nickName": read.get("nickName"),
        "name.familyName": (read.get("name") or {}).get("familyName"),
        'emails[type eq "work"].type': mails(read).get("work"),
    }.get(path, read.get("emails"))
    expect.equal(held or None, None, path)
    expect.equal((read.get("name") or {}).get("givenName"), "Ann", "name.givenName")


@requirement("RFC7644-3.5.2-18", level="lie")
def test_schemas_changed_by_an_operation_count_for_the_next(scim: Session) -> None:
    """PATCH that adds an extension URN to schemas and then sets its attribute must do both, or be rejected."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    user = scim.new_user()
    answer = scim.patch(
        scim.path_of(user),
        {"op": "add", "path": "schemas", "value": [ENTERPRISE_URN]},
        {"op": "add", "path": f"{ENTERPRISE_URN}:department", "value": "Check"},
    )
    if answer.status >= 400:
        expect.keyword(scim, answer, 400, "mutability", "invalidPath", "noTarget", "invalidValue")
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    read = scim.read(user)
    expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Check", "department")
    expect.equal(
        sorted({USER_URN, ENTERPRISE_URN} & set(read["schemas"])), sorted([USER_URN, ENTERPRISE_URN]), "schemas"
    )


@requirement(
    "RFC7644-3.5.2-13",
    level="lie",
    consequence="Entra and Okta also send readOnly attributes, and the whole change is lost.",
)
def test_path_less_patch_with_a_read_only_key(scim: Session) -> None:
    """PATCH without a path must ignore the resource's own id and set the other attributes, or be rejected as a whole."""
    user = scim.new_user(displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "replace", "value": {"id": user["id"], "displayName": "After"}})
    if answer.status >= 400:
        expect.keyword(scim, answer, 400, "mutability", "invalidValue", "invalidSyntax")
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    expect.holds(scim.read(user), id=user["id"], displayName="After")
