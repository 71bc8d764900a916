"""RFC 7643 section 4.2: groups and their members."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.discovery import GROUP_URN
from conformance.topics.references import followed
from conformance.topics.round_trips import elements, kept_or_refused
from conformance.topics.samples import ids, member, members


@requirement("RFC7643-4.2-02", level="cosmetic")
def test_group_without_display_name_is_refused(scim: Session) -> None:
    """A group needs a name (erratum 5368); one that is made without is told."""
    body = {key: value for key, value in scim.group_body().items() if key != "displayName"}
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        scim.warn("a group without displayName is accepted", "400", "201")
        return
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.status(scim.post(scim.groups, scim.group_body()), 201)


@requirement("RFC7643-4.2-09", consequence="Entra creates every group empty: none of them arrives.")
@pytest.mark.parametrize("body", [{}, {"members": []}], ids=["no members", "an empty list"])
def test_empty_group_is_valid(scim: Session, body: dict[str, list[str]]) -> None:
    """A group without members can be made and read."""
    answer = expect.status(scim.post(scim.groups, scim.group_body(**body)), 201)
    expect.lacks(scim.read(answer.json), "members")


@requirement("RFC7643-4.2-05", "RFC7643-4.2-06", level="lie", consequence="The second sync fails on reading the group.")
def test_members_are_named_by_id(scim: Session) -> None:
    """members.value is the id as a text, members.$ref leads to the resource."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    held = elements(scim.read(group), "members")
    expect.equal([item.get("value") for item in held], [user["id"]], "members.value")
    if isinstance(held[0].get("$ref"), str):
        answer = followed(scim, held[0]["$ref"])
        if answer is not None:
            expect.equal(expect.status(answer, 200)["id"], user["id"], "the resource behind members.$ref")


@requirement("RFC7643-4.2-03", "RFC7643-4.2-04", level="lie", consequence="Joiners get no access, leavers keep theirs.")
def test_member_is_added_and_taken_out(scim: Session) -> None:
    """A PATCH adds a member, another takes it out."""
    stays, comes = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(stays)])
    path = scim.path_of(group)
    expect.written(scim.patch(path, {"op": "add", "path": "members", "value": [member(comes)]}))
    expect.equal(members(scim.read(group)), ids(stays, comes), "members, after one was added")
    expect.written(scim.patch(path, {"op": "remove", "path": f'members[value eq "{comes["id"]}"]'}))
    expect.equal(members(scim.read(group)), ids(stays), "members, after one was removed")


@requirement("RFC7643-4.2-04", level="lie", consequence="A membership is passed on without a trace.")
def test_member_cannot_become_somebody_else(scim: Session) -> None:
    """A PATCH of a member's value: 400 mutability; one that swaps the member is told."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    change = {"op": "replace", "path": f'members[value eq "{one["id"]}"].value', "value": other["id"]}
    answer = scim.patch(scim.path_of(group), change)
    held = members(scim.read(group))
    if answer.status < 300:
        scim.warn("a member's value is immutable, and a PATCH of it succeeds", "400 mutability", str(answer.status))
        if held not in (ids(one), ids(other)):
            raise Finding("the members are neither the old nor the new ones", repr(ids(one)), repr(held))
        return
    expect.scim_error(answer, 400)
    expect.equal(held, ids(one), "members")
    if answer["scimType"] != "mutability":
        scim.warn("the error does not say what is wrong", "scimType mutability", repr(answer["scimType"]))


@requirement("RFC7643-4.2-04", level="lie", consequence="Okta and others PUT the list: nobody joins or leaves.")
def test_put_exchanges_members(scim: Session) -> None:
    """Whole members come and go by a PUT of another list."""
    one, other, third = scim.new_user(), scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(other)])
    body = scim.group_body(displayName=group["displayName"], members=[member(other), member(third)])
    expect.status(scim.put(scim.path_of(group), body), 200)
    expect.equal(members(scim.read(group)), ids(other, third), "members")


@requirement("RFC7643-4.2-07", level="lie")
def test_groups_can_nest(scim: Session) -> None:
    """A group can be a member of a group, or is refused with a 4xx."""
    inner = scim.new_group()
    answer = scim.post(scim.groups, scim.group_body(members=[{"value": inner["id"]}]))
    if 400 <= answer.status < 500:
        expect.refused(answer)
        scim.note("nested groups are not supported")
        return
    held = members(scim.read(expect.status(answer, 201).json))
    if not held:  # neither stored nor refused: legal (RFC 7644 3.3), and nobody expects it
        scim.warn("a group that is posted as a member is dropped", "the member, or a 4xx", "201 without members")
        return
    expect.equal(held, [inner["id"]], "members")


@requirement("RFC7643-4.2-08", level="lie")
def test_member_without_value_does_no_harm(scim: Session) -> None:
    """A member without value is refused; where /Schemas does not require value it may be ignored."""
    needed = scim.target.need_attribute(GROUP_URN, "members.value").get("required") is True
    answer = scim.post(scim.groups, scim.group_body(members=[{"type": "User"}]))
    group = kept_or_refused(scim, answer, "invalidValue", "invalidSyntax")
    if group is not None:
        expect.equal(needed, False, "that a member without its required value is taken")
        expect.equal([item["value"] for item in elements(group, "members") if "value" in item], [], "members.value")


@requirement("RFC7643-4.2-10", level="lie", consequence="Whoever gets the id next is in the group already.")
def test_deleted_user_leaves_the_group(scim: Session) -> None:
    """After a user's deletion no group lists it."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    expect.status(scim.delete(scim.path_of(user)), 204)
    held = members(scim.read(group))
    if user["id"] in held:
        # The RFC leaves referential integrity open (2.3.7); a member that leads nowhere still surprises providers.
        scim.warn("the deleted user is still a member", f"[{other['id']}]", repr(held))
        return
    expect.equal(held, ids(other), "members")
