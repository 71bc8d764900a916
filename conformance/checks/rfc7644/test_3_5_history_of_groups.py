"""RFC 7644 section 3.5: several changes of the name and the members of one group."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.history import DOORS, changed, first_change, must_find, must_keep, must_work, sendable
from conformance.topics.round_trips import elements
from conformance.topics.samples import ids, member, members
from simulator.wording import counted

EMPTIED = "Renaming a group removes everyone's access, or later changes of members affect the wrong group."
THROUGH = pytest.mark.parametrize("door", [*DOORS, "PATCH without path"])


def _joins(scim: Session, group: dict[str, Any], *users: dict[str, Any]) -> Any:
    return scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": [member(user) for user in users]})


def _leaves(scim: Session, group: dict[str, Any], user: dict[str, Any]) -> Any:
    return expect.offered(
        scim.patch(scim.path_of(group), {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    )


def _must_have(scim: Session, group: dict[str, Any], after: str, *users: dict[str, Any]) -> None:
    held = members(scim.read(group))
    if held != ids(*users):
        raise Finding(
            f"after {after}, the group does not have the expected members",
            counted(len(users), "member"),
            f"{len(held)}: {held}"[:200],
        )


@THROUGH
@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2.3-02",
    "RFC7643-4.2-03",
    level="lie",
    consequence=EMPTIED,
    fix="Store members by the group's id, and change only the attributes that the request names.",
)
def test_renamed_group_keeps_its_members(scim: Session, door: str) -> None:
    """A renamed group must keep its members, and members must be able to join and leave it afterwards."""
    one, two = scim.new_user(), scim.new_user()
    group, name = scim.new_group(members=[member(one)]), scim.name()
    if door == "PATCH without path":
        answer = scim.patch(scim.path_of(group), {"op": "replace", "value": {"displayName": name}})
    else:
        answer = changed(scim, group, door, displayName=name)
    if answer.status not in (200, 204) or scim.read(group).get("displayName") != name:
        raise NotOffered(f"renaming a group with {door}")
    _must_have(scim, group, "renaming the group", one)
    if scim.target.offers("patch"):
        expect.written(_joins(scim, group, two))
        _must_have(scim, group, "renaming the group and adding a member", one, two)
        expect.written(_leaves(scim, group, one))
        _must_have(scim, group, "renaming the group, adding a member, and removing another", two)


@requirement(
    "RFC7644-3.5.2.2-09",
    "RFC7643-4.2-03",
    "RFC7644-3.5.2.1-08",
    level="lie",
    consequence="A user who is removed from a group keeps the access because a second membership remains.",
    fix="Store each member once, and treat adding an existing member as a success.",
)
def test_member_who_joins_twice_leaves_once(scim: Session) -> None:
    """A member who was added twice must be gone after one removal; listing the member twice is a warning."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    expect.written(_joins(scim, group, one))
    if (held := members(scim.read(group))) != ids(one, two):
        scim.warn("a member that is added again is listed twice", "2 members", counted(len(held), "member"))
    expect.written(_leaves(scim, group, one))
    _must_have(scim, group, "adding a member twice and removing it once", two)
    if _leaves(scim, group, one).status >= 500:
        raise Finding("removing a user who is no longer a member causes a server error", "200, 204, or 400", "a 5xx")
    expect.written(_joins(scim, group, one))
    _must_have(scim, group, "removing a member and adding it again", one, two)


@requirement(
    "RFC7643-4.2-10",
    "RFC7644-3.6-03",
    "RFC7644-3.5.1-18",
    level="lie",
    consequence="One leaver blocks a group: it can no longer be read or changed.",
    fix="Remove a deleted user from every group in the same transaction.",
)
@pytest.mark.parametrize("door", DOORS)
def test_group_works_after_a_member_is_deleted(scim: Session, door: str) -> None:
    """After a member has been deleted, it must still be possible to read, find, and change the group."""
    gone, stays, comes = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(gone), member(stays)])
    expect.status(scim.delete(scim.path_of(gone)), 204, 200, 202)
    scim.read(group)
    must_find(scim, "Group", "displayName", group["displayName"], group, after="deleting a member")
    if door == "PATCH":
        answer = _joins(scim, group, comes)
    else:
        held = sendable(scim, scim.read(group))
        answer = scim.put(scim.path_of(group), {**held, "members": [member(stays), member(comes)]})
    must_work(scim, group, answer, "a change of members after one was deleted")
    living = [id_ for id_ in members(scim.read(group)) if id_ != gone["id"]]
    expect.equal(living, ids(stays, comes), "the members who exist")


@requirement(
    "RFC7643-4.1.2-19",
    "RFC7643-4.2-03",
    level="lie",
    consequence="Access reviews list groups that a user has left and omit those that the user has joined.",
    fix="Compute the groups attribute of a user from the members of the groups.",
)
def test_groups_of_a_user_follow_each_change(scim: Session) -> None:
    """The groups attribute of a user must follow each new membership, each removal, and the deletion of a group."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    first, second, third = (scim.new_group(members=[member(user)]) for _ in range(3))
    if _groups_of(scim, user) != ids(first, second, third):
        raise NotOffered("groups of a user that are updated immediately")
    expect.written(_leaves(scim, first, user))
    expect.equal(_groups_of(scim, user), ids(second, third), "groups after leaving one of three groups")
    expect.status(scim.delete(scim.path_of(second)), 204, 200, 202)
    expect.equal(_groups_of(scim, user), ids(third), "groups after one of the groups was deleted")
    expect.written(_joins(scim, first, user))
    expect.equal(_groups_of(scim, user), ids(first, third), "groups after joining a group again")


@pytest.mark.parametrize("door", DOORS)
@requirement(
    "RFC7643-4.2-03",
    "RFC7644-3.5.1-04",
    level="lie",
    consequence="A change of one group removes members from another, or changes its users.",
    fix="Change only the memberships of the group that the URL names.",
)
def test_change_of_one_group_leaves_the_others(scim: Session, door: str) -> None:
    """Renaming, changing, or deleting one group must not change another group or its members."""
    user, other = scim.new_user(), scim.new_user()
    group, bystander = (scim.new_group(members=[member(user), member(other)]) for _ in range(2))
    before, people = scim.read(bystander), [scim.read(user), scim.read(other)]
    first_change(scim, group, door, displayName=scim.name())
    if scim.target.offers("patch"):
        expect.written(_leaves(scim, group, other))
        must_keep(scim, before, scim.read(bystander), "removing a member from another group")
    expect.status(scim.delete(scim.path_of(group)), 204, 200, 202)
    must_keep(scim, before, scim.read(bystander), "deleting another group")
    for person in people:
        must_keep(scim, person, scim.read(person), "a change of a group")


def _groups_of(scim: Session, user: dict[str, Any]) -> list[str]:
    return sorted(str(item.get("value")) for item in elements(scim.read(user), "groups"))
