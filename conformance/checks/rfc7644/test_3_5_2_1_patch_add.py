"""RFC 7644 section 3.5.2.1: PATCH `add`."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses, ids, mails, member, members
from simulator.wording import counted


@requirement(
    *("RFC7644-3.5.2.1-04", "RFC7644-3.5.2.1-07", "RFC7644-3.5.2.1-02"),
    level="lie",
    consequence="Entra uses add for single-valued attributes, so its changes do not arrive.",
    fix="Treat add on a single-valued attribute like replace.",
)
def test_add_sets_a_single_value(scim: Session) -> None:
    """PATCH `add` on a single-valued attribute must set it, whether or not it has a value."""
    user = scim.new_user()
    scim.target.need_attribute(USER_URN, "displayName")
    for value in ("One", "Two"):
        expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "displayName", "value": value}))
        expect.holds(scim.read(user), displayName=value, userName=user["userName"])


@requirement("RFC7644-3.5.2.1-07", "RFC7644-3.5.2.3-10", level="lie", consequence="The leaver stays active.")
def test_add_switches_active(scim: Session) -> None:
    """PATCH `add` on active must change it, as `replace` does."""
    user = scim.new_user(active=True)
    for value in (False, True):
        expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "active", "value": value}))
        expect.holds(scim.read(user), active=value)


@requirement("RFC7644-3.5.2.1-05", "RFC7644-3.5.2.1-02", level="lie")
def test_add_to_a_complex_attribute_keeps_its_other_parts(scim: Session) -> None:
    """PATCH `add` of name.middleName to name must keep givenName and familyName."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Too"})
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "name", "value": {"middleName": "M"}}))
    name = scim.read(user).get("name") or {}
    expect.equal([name.get(k) for k in ("givenName", "middleName", "familyName")], ["Stays", "M", "Too"], "name")


@requirement("RFC7644-3.5.2.1-06", level="lie", consequence="The other addresses are lost.")
def test_add_appends_to_a_multi_valued_attribute(scim: Session) -> None:
    """PATCH `add` on emails must keep the existing addresses."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [home]}))
    expect.equal(mails(scim.read(user)), {"work": work["value"], "home": home["value"]}, "emails")


@requirement(
    "RFC7644-3.5.2.1-03", "RFC7644-3.5.2-07", level="lie", consequence="All members except the new one are lost."
)
def test_add_without_path_appends_and_sets(scim: Session) -> None:
    """PATCH `add` without a path must append to multi-valued attributes and set single-valued ones."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work], displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "add", "value": {"displayName": "After", "emails": [home]}})
    expect.written(answer)
    read = scim.read(user)
    expect.holds(read, displayName="After", userName=user["userName"])
    expect.equal(mails(read), {"work": work["value"], "home": home["value"]}, "emails")


@requirement("RFC7644-3.5.2.1-08", "RFC7644-3.5.2.1-09", level="lie")
def test_add_of_a_value_already_there_changes_nothing(scim: Session) -> None:
    """PATCH `add` of an existing email address should succeed without creating a duplicate (warning)."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [work]}))
    expect.equal(len(scim.read(user).get("emails") or ()), 1, "the number of email addresses")


@requirement(
    "RFC7644-3.5.2.1-10",
    level="cosmetic",
    consequence="Clients that poll lastModified see changes where nothing changed.",
)
@pytest.mark.parametrize("again", ["value", "member"])
def test_repeated_add_leaves_last_modified_alone(scim: Session, again: str) -> None:
    """PATCH `add` of an existing value must not change meta.lastModified."""
    if again == "member":
        who = member(scim.new_user())
        held = scim.new_group(members=[who])
        operation: dict[str, Any] = {"op": "add", "path": "members", "value": [who]}
    else:
        held = scim.new_user(nickName="Nick")
        operation = {"op": "add", "path": "nickName", "value": "Nick"}
    before = (scim.read(held).get("meta") or {}).get("lastModified")
    if before is None:
        scim.note("the server does not return meta.lastModified")
        return
    expect.written(scim.patch(scim.path_of(held), operation))
    expect.equal((scim.read(held).get("meta") or {}).get("lastModified"), before, "meta.lastModified")


@requirement(
    "RFC7644-3.5.2.1-11", "RFC7644-3.5.2.1-09", "RFC7644-3.5.2.1-08", level="lie", consequence="Members are lost."
)
@pytest.mark.parametrize("with_path", [True, False], ids=["path", "no path"])
def test_add_appends_members(scim: Session, with_path: bool) -> None:
    """PATCH `add` on members must keep the existing members; a duplicate after a repeated `add` is a warning."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    operation: dict[str, Any] = {"op": "add", "path": "members", "value": [member(other)]}
    if not with_path:
        operation = {"op": "add", "value": {"members": [member(other)]}}
    for _ in range(2):
        expect.written(scim.patch(scim.path_of(group), operation))
        found = members(scim.read(group))
        expect.equal(sorted(set(found)), ids(one, other), "members")
    if len(found) > 2:  # RFC 7644 section 3.5.2.1: existing values SHOULD not change
        scim.warn("a member that is added again is in the group twice", "2 members", counted(len(found), "member"))


@requirement("RFC7644-3.5.2.1-12", "RFC7644-3.5.2-09", level="lie")
def test_add_with_filter_changes_the_matching_element(scim: Session) -> None:
    """PATCH `add` on `emails[type eq "work"].display` must change only this address."""
    work, home, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails.display")
    user = scim.new_user(emails=[work, home])
    operation = {"op": "add", "path": 'emails[type eq "work"].display', "value": "Desk"}
    expect.written(scim.patch(scim.path_of(user), operation))
    displays = {e.get("type"): e.get("display") for e in scim.read(user).get("emails") or ()}
    expect.equal(displays.get("work"), "Desk", "display of the work address")
    if displays.get("home") == "Desk":
        raise Finding("an element that does not match the filter is changed", "no display for the home address", "Desk")


@requirement(
    "RFC7644-3.5.2.1-12",
    level="lie",
    consequence="The email address, phone number, or address that Entra sends never arrives.",
)
def test_add_with_filter_that_matches_nothing(scim: Session) -> None:
    """PATCH `add` with a filter without a match must create the element or fail with 400; no effect is a warning."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[home])
    answer = scim.patch(
        scim.path_of(user), {"op": "add", "path": 'emails[type eq "work"].value', "value": work["value"]}
    )
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "noTarget", "invalidPath", "invalidFilter", "invalidValue")
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    got = mails(scim.read(user))
    if got.get("home") != home["value"]:
        raise Finding("another element is lost or changed", "the unchanged home address", json_of(got))
    if got.get("work") != work["value"]:
        scim.warn("PATCH succeeds without any effect", "400 noTarget, or the new element", json_of(got))


@requirement(
    "RFC7644-3.5.2.1-01", "RFC7644-3.5.2.3-09", level="lie", fix="Return 400 invalidValue if value is missing."
)
@pytest.mark.parametrize("op", ["add", "replace"])
def test_operation_without_value_is_refused(scim: Session, op: str) -> None:
    """PATCH `add` without a value must be rejected with 400; accepting `replace` without a value is a warning."""
    user = scim.new_user(displayName="Stays")
    path = scim.path_of(user)
    answer = scim.patch(path, {"op": op, "path": "displayName"})
    if answer.status < 300:
        verdict = Verdict.WARN if op == "replace" else None
        raise Finding("an operation without a value succeeds", "400", str(answer.status), verdict)
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)
    expect.written(scim.patch(path, {"op": op, "path": "displayName", "value": "Valid"}))


@requirement(
    "RFC7644-3.5.2.1-06",
    "RFC7644-3.5.2-21",
    level="lie",
    consequence="Email goes to two addresses or to the wrong one.",
)
def test_added_primary_takes_the_place_of_the_old(scim: Session) -> None:
    """If PATCH `add` adds a primary element, the previous primary element must no longer be primary."""
    work, _, other = addresses(scim)
    user = scim.new_user(emails=[work])
    new = {**other, "primary": True}
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [new]}))
    read = scim.read(user)
    expect.equal(sorted(mails(read)), ["other", "work"], "the types of the addresses")
    primaries = [e.get("type") for e in read.get("emails") or () if e.get("primary") is True]
    expect.equal(primaries, ["other"], "the primary addresses")
