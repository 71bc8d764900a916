"""RFC 7644 section 3.5.2.1: PATCH add."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses, ids, mails, member, members


@requirement(
    *("RFC7644-3.5.2.1-04", "RFC7644-3.5.2.1-07", "RFC7644-3.5.2.1-02"),
    level="lie",
    consequence="Entra uses add for single values.",
    fix="Treat add on a singular attribute as replace.",
)
def test_add_sets_a_single_value(scim: Session) -> None:
    """add creates and replaces a single value."""
    user = scim.new_user()
    scim.target.need_attribute(USER_URN, "displayName")
    for value in ("One", "Two"):
        expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "displayName", "value": value}))
        expect.holds(scim.read(user), displayName=value, userName=user["userName"])


@requirement("RFC7644-3.5.2.1-07", "RFC7644-3.5.2.3-10", level="lie", consequence="The leaver stays active.")
def test_add_switches_active(scim: Session) -> None:
    """add on active switches it, as replace does."""
    user = scim.new_user(active=True)
    for value in (False, True):
        expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "active", "value": value}))
        expect.holds(scim.read(user), active=value)


@requirement("RFC7644-3.5.2.1-05", "RFC7644-3.5.2.1-02", level="lie")
def test_add_to_a_complex_attribute_keeps_its_other_parts(scim: Session) -> None:
    """add name with a middleName leaves givenName and familyName."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Too"})
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "name", "value": {"middleName": "M"}}))
    name = scim.read(user).get("name") or {}
    expect.equal([name.get(k) for k in ("givenName", "middleName", "familyName")], ["Stays", "M", "Too"], "name")


@requirement("RFC7644-3.5.2.1-06", level="lie", consequence="The other addresses are lost.")
def test_add_appends_to_a_multi_valued_attribute(scim: Session) -> None:
    """add emails leaves the ones that were there."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [home]}))
    expect.equal(mails(scim.read(user)), {"work": work["value"], "home": home["value"]}, "emails")


@requirement("RFC7644-3.5.2.1-03", "RFC7644-3.5.2-07", level="lie", consequence="Everyone but the new one is lost.")
def test_add_without_path_appends_and_sets(scim: Session) -> None:
    """A path-less add appends to lists and sets single values."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work], displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "add", "value": {"displayName": "After", "emails": [home]}})
    expect.written(answer)
    read = scim.read(user)
    expect.holds(read, displayName="After", userName=user["userName"])
    expect.equal(mails(read), {"work": work["value"], "home": home["value"]}, "emails")


@requirement("RFC7644-3.5.2.1-08", "RFC7644-3.5.2.1-09", level="lie")
def test_add_of_a_value_already_there_changes_nothing(scim: Session) -> None:
    """The same e-mail added again is a success and no second element."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [work]}))
    expect.equal(len(scim.read(user).get("emails") or ()), 1, "the number of e-mails")


@requirement("RFC7644-3.5.2.1-10", level="cosmetic", consequence="Watchers of lastModified see changes that are none.")
@pytest.mark.parametrize("again", ["value", "member"])
def test_repeated_add_leaves_last_modified_alone(scim: Session, again: str) -> None:
    """add of what is already there does not touch meta.lastModified."""
    if again == "member":
        who = member(scim.new_user())
        held = scim.new_group(members=[who])
        operation: dict[str, Any] = {"op": "add", "path": "members", "value": [who]}
    else:
        held = scim.new_user(nickName="Nick")
        operation = {"op": "add", "path": "nickName", "value": "Nick"}
    before = (scim.read(held).get("meta") or {}).get("lastModified")
    if before is None:
        scim.note("meta.lastModified is not offered")
        return
    expect.written(scim.patch(scim.path_of(held), operation))
    expect.equal((scim.read(held).get("meta") or {}).get("lastModified"), before, "meta.lastModified")


@requirement(
    "RFC7644-3.5.2.1-11", "RFC7644-3.5.2.1-09", "RFC7644-3.5.2.1-08", level="lie", consequence="Members vanish."
)
@pytest.mark.parametrize("with_path", [True, False], ids=["path", "no path"])
def test_add_appends_members(scim: Session, with_path: bool) -> None:
    """add members leaves those who were there, and adding twice is no doubling."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    operation: dict[str, Any] = {"op": "add", "path": "members", "value": [member(other)]}
    if not with_path:
        operation = {"op": "add", "value": {"members": [member(other)]}}
    for _ in range(2):
        expect.written(scim.patch(scim.path_of(group), operation))
        found = members(scim.read(group))
        expect.equal(sorted(set(found)), ids(one, other), "members")
    if len(found) > 2:  # what is there already SHOULD not change
        scim.warn("a member who is added again is there twice", "2 members", f"{len(found)} members")


@requirement("RFC7644-3.5.2.1-12", "RFC7644-3.5.2-09", level="lie")
def test_add_with_filter_changes_the_matching_element(scim: Session) -> None:
    """emails[type eq "work"].display is set on that e-mail and no other."""
    work, home, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails.display")
    user = scim.new_user(emails=[work, home])
    operation = {"op": "add", "path": 'emails[type eq "work"].display', "value": "Desk"}
    expect.written(scim.patch(scim.path_of(user), operation))
    displays = {e.get("type"): e.get("display") for e in scim.read(user).get("emails") or ()}
    expect.equal(displays.get("work"), "Desk", "the work e-mail's display")
    if displays.get("home") == "Desk":
        raise Finding("an element that the filter excludes is changed", "home without display", "Desk")


@requirement("RFC7644-3.5.2.1-12", level="lie", consequence="Entra's e-mail, phone or address never arrives.")
def test_add_with_filter_that_matches_nothing(scim: Session) -> None:
    """The element is created from the filter, or 400 noTarget; a success without effect is told."""
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
        raise Finding("another element is lost or changed", "the home address stays", str(got))
    if got.get("work") != work["value"]:
        scim.warn("a success without effect", "400 noTarget, or the new element", str(got))


@requirement("RFC7644-3.5.2.1-01", "RFC7644-3.5.2.3-09", level="lie", fix="400 invalidValue when value is missing.")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_operation_without_value_is_refused(scim: Session, op: str) -> None:
    """add and replace need a value; of replace the RFC does not say so aloud."""
    user = scim.new_user(displayName="Stays")
    path = scim.path_of(user)
    answer = scim.patch(path, {"op": op, "path": "displayName"})
    if answer.status < 300:
        verdict = Verdict.WARN if op == "replace" else None
        raise Finding("an operation without value is answered with success", "400", str(answer.status), verdict)
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)
    expect.written(scim.patch(path, {"op": op, "path": "displayName", "value": "Valid"}))


@requirement(
    "RFC7644-3.5.2.1-06", "RFC7644-3.5.2-21", level="lie", consequence="Mail goes to two addresses, or the wrong one."
)
def test_added_primary_takes_the_place_of_the_old(scim: Session) -> None:
    """A new element that is primary makes the old one not primary."""
    work, _, other = addresses(scim)
    user = scim.new_user(emails=[work])
    new = {**other, "primary": True}
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [new]}))
    read = scim.read(user)
    expect.equal(sorted(mails(read)), ["other", "work"], "the types of the e-mails")
    primaries = [e.get("type") for e in read.get("emails") or () if e.get("primary") is True]
    expect.equal(primaries, ["other"], "the primary e-mails")
