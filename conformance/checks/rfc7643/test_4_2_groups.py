"""RFC 7643 section 4.2: groups and their members."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import GROUP_URN
from conformance.topics.references import followed
from conformance.topics.round_trips import elements, kept_or_refused
from conformance.topics.samples import ids, member, members


@requirement("RFC7643-4.2-02", level="cosmetic")
def test_group_without_display_name_is_refused(scim: Session) -> None:
    """POST of a group without displayName must be rejected (erratum 5368); accepting it is a warning."""
    body = {key: value for key, value in scim.group_body().items() if key != "displayName"}
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        scim.warn("the server accepts a group without displayName", "400", "201")
        return
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.status(scim.post(scim.groups, scim.group_body()), 201)


@requirement("RFC7643-4.2-09", consequence="Entra creates every group without members, so no group is created.")
@pytest.mark.parametrize("body", [{}, {"members": []}], ids=["no members", "an empty list"])
def test_empty_group_is_valid(scim: Session, body: dict[str, list[str]]) -> None:
    """POST of a group without members, or with an empty list, must be accepted."""
    answer = expect.status(scim.post(scim.groups, scim.group_body(**body)), 201)
    expect.lacks(scim.read(answer.json), "members")


@requirement(
    "RFC7643-4.2-05",
    "RFC7643-4.2-06",
    level="lie",
    consequence="The provider cannot read the group, and the next synchronization fails.",
)
def test_members_are_named_by_id(scim: Session) -> None:
    """members.value must be the id of the member, and GET on members.$ref, if present, must return the member."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    held = elements(scim.read(group), "members")
    expect.equal([item.get("value") for item in held], [user["id"]], "members.value")
    if isinstance(held[0].get("$ref"), str):
        answer = followed(scim, held[0]["$ref"])
        if answer is not None:
            expect.equal(expect.status(answer, 200)["id"], user["id"], "id of the resource at members.$ref")


@requirement(
    "RFC7643-4.2-03",
    "RFC7643-4.2-04",
    level="lie",
    consequence="New members get no access, and removed members keep theirs.",
)
def test_member_is_added_and_taken_out(scim: Session) -> None:
    """PATCH must add a member to a group and remove it again."""
    stays, comes = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(stays)])
    path = scim.path_of(group)
    expect.written(scim.patch(path, {"op": "add", "path": "members", "value": [member(comes)]}))
    expect.equal(members(scim.read(group)), ids(stays, comes), "members after one was added")
    expect.written(scim.patch(path, {"op": "remove", "path": f'members[value eq "{comes["id"]}"]'}))
    expect.equal(members(scim.read(group)), ids(stays), "members after one was removed")


@requirement("RFC7643-4.2-04", level="lie", consequence="A membership passes from one user to another without a trace.")
def test_member_cannot_become_somebody_else(scim: Session) -> None:
    """PATCH of an existing member's value must be rejected with 400 mutability; success is a warning."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    change = {"op": "replace", "path": f'members[value eq "{one["id"]}"].value', "value": other["id"]}
    answer = scim.patch(scim.path_of(group), change)
    held = members(scim.read(group))
    if answer.status < 300:
        scim.warn("PATCH of the immutable value of a member succeeds", "400 mutability", str(answer.status))
        if held not in (ids(one), ids(other)):
            raise Finding("the group has neither the old nor the new member", json_of(ids(one)), json_of(held))
        return
    expect.scim_error(answer, 400)
    expect.equal(held, ids(one), "members")
    if answer["scimType"] != "mutability":
        scim.warn("the error does not have the scimType mutability", "scimType mutability", json_of(answer["scimType"]))


@requirement(
    "RFC7643-4.2-04",
    level="lie",
    consequence="Memberships from Okta and other providers that send the whole list by PUT never change.",
)
def test_put_exchanges_members(scim: Session) -> None:
    """PUT of a group must replace its members by the sent list."""
    one, other, third = scim.new_user(), scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(other)])
    body = scim.group_body(displayName=group["displayName"], members=[member(other), member(third)])
    expect.status(scim.put(scim.path_of(group), body), 200)
    expect.equal(members(scim.read(group)), ids(other, third), "members")


@requirement("RFC7643-4.2-07", level="lie")
def test_groups_can_nest(scim: Session) -> None:
    """A group as a member must be stored or be rejected with a 4xx; dropping it is a warning."""
    inner = scim.new_group()
    answer = scim.post(scim.groups, scim.group_body(members=[{"value": inner["id"]}]))
    if 400 <= answer.status < 500:
        expect.refused(answer)
        scim.note("the server does not support nested groups")
        return
    held = members(scim.read(expect.status(answer, 201).json))
    if not held:  # legal, because RFC 7644 3.3 lets a server ignore values, but no client expects it
        scim.warn(
            "the server silently drops a group that is sent as a member", "the member, or a 4xx", "201 without members"
        )
        return
    expect.equal(held, [inner["id"]], "members")


@requirement("RFC7643-4.2-08", level="lie")
def test_member_without_value_does_no_harm(scim: Session) -> None:
    """A member without value should be rejected, or ignored if /Schemas does not declare value as required (warning)."""
    needed = scim.target.need_attribute(GROUP_URN, "members.value").get("required") is True
    answer = scim.post(scim.groups, scim.group_body(members=[{"type": "User"}]))
    group = kept_or_refused(scim, answer, "invalidValue", "invalidSyntax")
    if group is not None:
        if needed:
            raise Finding("the server accepts a member without the required value", "400 invalidValue", "201")
        expect.equal([item["value"] for item in elements(group, "members") if "value" in item], [], "members.value")


@requirement(
    "RFC7643-4.2-10",
    level="lie",
    consequence="If the id is assigned again, the new user is already a member of the group.",
)
def test_deleted_user_leaves_the_group(scim: Session) -> None:
    """Groups must not list a deleted user, and must keep all other members; listing it is a warning."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    expect.status(scim.delete(scim.path_of(user)), 204)
    held = members(scim.read(group))
    if user["id"] in held:
        # A warning: RFC 7643 2.3.7 does not require referential integrity, but providers do not expect such a member.
        scim.warn("the group still lists a deleted user", f"[{other['id']}]", json_of(held))
        return
    expect.equal(held, ids(other), "members")
