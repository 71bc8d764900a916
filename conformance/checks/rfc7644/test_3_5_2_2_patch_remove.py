"""RFC 7644 section 3.5.2.2: PATCH `remove`."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses, ids, mails, member, members


@requirement("RFC7644-3.5.2.2-01", "RFC7644-3.5.2-08")
def test_remove_without_path_is_refused(scim: Session) -> None:
    """PATCH `remove` without a path must be rejected with 400; a scimType other than noTarget is a warning."""
    user = scim.new_user(displayName="Stays")
    expect.keyword(
        scim, scim.patch(scim.path_of(user), {"op": "remove"}), 400, "noTarget", "invalidPath", "invalidSyntax"
    )
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2.2-02", level="lie")
def test_remove_unassigns_a_single_value(scim: Session) -> None:
    """PATCH `remove` of a single-valued attribute must clear it, and `pr` must no longer match it."""
    user = scim.new_user(nickName="Gone")
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": "nickName"}))
    expect.lacks(scim.read(user), "nickName")
    if scim.target.offers("filter"):
        expect.chosen(scim, scim.search(f'userName eq "{user["userName"]}" and nickName pr'), optional=True)


@requirement("RFC7644-3.5.2.2-03", level="lie")
def test_remove_without_filter_removes_all_values(scim: Session) -> None:
    """PATCH `remove` without a filter must remove all values of emails and of members."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work, home])
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": "emails"}))
    expect.lacks(scim.read(user), "emails")
    group = scim.new_group(members=[member(user), member(scim.new_user())])
    expect.written(scim.patch(scim.path_of(group), {"op": "remove", "path": "members"}))
    expect.lacks(scim.read(group), "members")


@requirement(
    "RFC7644-3.5.2.2-04",
    "RFC7644-3.5.2.2-06",
    level="lie",
    consequence="Removing one value or member removes all of them.",
)
def test_remove_with_filter_keeps_the_others(scim: Session) -> None:
    """PATCH `remove` with a value filter must remove only the matching values."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work, home])
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": 'emails[type eq "home"]'}))
    kept = [email.get("value", "").lower() for email in scim.read(user).get("emails") or ()]
    expect.equal(kept, [work["value"]], "emails")


@requirement("RFC7644-3.5.2.2-05", level="lie")
def test_attribute_without_values_left_is_unassigned(scim: Session) -> None:
    """After PATCH `remove` of the last value, the attribute must have no value."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": 'emails[type eq "work"]'}))
    expect.lacks(scim.read(user), "emails")


@requirement("RFC7644-3.5.2.2-07", level="lie")
def test_remove_of_a_sub_attribute_in_matching_elements(scim: Session) -> None:
    """PATCH `remove` of a sub-attribute with a filter must remove only this sub-attribute of the matching element."""
    work, home, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails.display")
    user = scim.new_user(emails=[{**work, "display": "Desk"}, {**home, "display": "Sofa"}])
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": 'emails[type eq "work"].display'}))
    read = scim.read(user)
    expect.equal(mails(read), {"work": work["value"], "home": home["value"]}, "emails")
    displays = {e.get("type"): e.get("display") for e in read.get("emails") or ()}
    expect.equal(displays, {"work": None, "home": "Sofa"}, "display of the addresses")


@requirement("RFC7644-3.5.2.2-02", level="lie")
def test_remove_of_a_part_of_a_complex_attribute(scim: Session) -> None:
    """PATCH `remove` of name.givenName must keep name.familyName."""
    user = scim.new_user(name={"givenName": "Gone", "familyName": "Stays"})
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": "name.givenName"}))
    name = scim.read(user).get("name") or {}
    expect.equal((name.get("givenName"), name.get("familyName")), (None, "Stays"), "name")


@requirement("RFC7644-3.5.2.2-08", "RFC7644-3.12-21", level="lie")
@pytest.mark.parametrize("path", ["userName", "id"])
def test_required_attribute_cannot_be_removed(scim: Session, path: str) -> None:
    """PATCH `remove` of userName and id must be rejected with 400; a scimType other than mutability is a warning."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "remove", "path": path})
    expect.unchanged(scim, user)
    expect.keyword(scim, answer, 400, "mutability", "invalidValue", "noTarget", "invalidPath")
    if answer["scimType"] != "mutability":
        scim.warn(f"removing {path} is rejected with another scimType", "mutability", str(answer["scimType"]))


@requirement(
    "RFC7644-3.5.2.2-04",
    level="lie",
    consequence=(
        "Entra (with its compatibility flag) and Okta remove members like this, so leavers stay or all "
        "members are lost."
    ),
)
def test_remove_of_one_member_keeps_the_others(scim: Session) -> None:
    """PATCH `remove` with `members[value eq "id"]` must remove exactly this member."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in users])
    path = f'members[value eq "{users[1]["id"]}"]'
    expect.written(scim.patch(scim.path_of(group), {"op": "remove", "path": path}))
    expect.equal(members(scim.read(group)), ids(users[0], users[2]), "members")


@requirement("RFC7644-3.5.2.2-09")
def test_remove_of_somebody_who_is_no_member(scim: Session) -> None:
    """PATCH `remove` of a user who is not a member must succeed without changing the group, or fail with 400."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    answer = scim.patch(scim.path_of(group), {"op": "remove", "path": f'members[value eq "{other["id"]}"]'})
    if answer.status >= 300:
        expect.keyword(scim, answer, 400, "noTarget")
    expect.equal(members(scim.read(group)), ids(one), "members")


@requirement("RFC7644-3.5.2.2-10")
def test_remove_of_what_is_not_there_is_no_failure(scim: Session) -> None:
    """PATCH `remove` of an attribute without a value must succeed or fail with 400."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "remove", "path": "nickName"})
    if answer.status >= 300:
        expect.keyword(scim, answer, 400, "noTarget")


@requirement("RFC7644-3.5.2.2-11", level="lie")
def test_remove_then_add_replaces_members(scim: Session) -> None:
    """PATCH with `remove` of members and `add` of members must leave exactly the new members."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    answer = scim.patch(
        scim.path_of(group),
        {"op": "remove", "path": "members"},
        {"op": "add", "path": "members", "value": [member(other)]},
    )
    expect.written(answer)
    expect.equal(members(scim.read(group)), ids(other), "members")
