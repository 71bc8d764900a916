"""The requests of Entra ID for groups: creates, lookups without members, membership changes, and renames."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.entra_replay import created, send
from conformance.topics.replay import took_effect
from conformance.topics.samples import ids, member, members
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.wording import counted

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])


@DIALECTS
@requirement("RFC7644-3.3-01", consequence="No group is provisioned.")
@pytest.mark.parametrize("extra", [False, True], ids=["today", "with Microsoft's schema"])
def test_entras_group_is_created(scim: Session, dialect: Dialect, extra: bool) -> None:
    """Entra's POST of a group must be accepted, with and without Microsoft's legacy schema URN next to the RFC's."""
    name = scim.name()
    shape = WireShape(dialect, group_extra_schema=extra)
    read = created(scim, requests.create_group({"displayName": name, "externalId": scim.name()}, shape))
    expect.holds(read, displayName=name)
    expect.equal(read.get("members") or [], [], "members")


@DIALECTS
@requirement(
    "RFC7644-3.5.2.1-11",
    level="lie",
    consequence="A new member does not get into the group, or all other members are removed from it.",
)
@pytest.mark.parametrize("ref_null", [False, True], ids=["value", "null $ref"])
def test_addition_of_a_member(scim: Session, dialect: Dialect, ref_null: bool) -> None:
    """Entra's `Add members` must append one member and keep the others, even when it contains `"$ref": null`."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    shape = WireShape(dialect, members_ref_null=ref_null)
    if took_effect(
        scim, send(scim, requests.add_members(group["id"], [other["id"]], shape)), group, "Entra's addition"
    ):
        expect.equal(members(scim.read(group)), ids(one, other), "members")


@requirement("RFC7644-3.5.2.1-11", level="lie", consequence="A user on leave loses the group membership.")
def test_inactive_member_is_taken(scim: Session) -> None:
    """An inactive user must be accepted as a group member like an active one."""
    on, off = scim.new_user(active=True), scim.new_user(active=False)
    group = scim.new_group()
    answer = send(scim, requests.add_members(group["id"], [on["id"], off["id"]]))
    if took_effect(scim, answer, group, "the addition of an inactive member"):
        expect.equal(members(scim.read(group)), ids(on, off), "members")


@requirement(
    "RFC7644-3.5.2-20", level="lie", consequence="Of a batch of new members, only the first gets into the group."
)
def test_many_operations_on_members(scim: Session) -> None:
    """One PATCH with twelve additions and five removals of members must leave exactly the remaining seven."""
    users = [scim.new_user() for _ in range(12)]
    group = scim.new_group(members=[member(user) for user in users[:5]])
    operations = [{"op": "Add", "path": "members", "value": [member(user)]} for user in users]
    operations += [{"op": "Remove", "path": f'members[value eq "{user["id"]}"]'} for user in users[:5]]
    if took_effect(scim, scim.patch(scim.path_of(group), *operations), group, "a batch of member operations"):
        expect.equal(members(scim.read(group)), ids(*users[5:]), "members")


@requirement(
    "RFC7644-3.5.2-22",
    level="lie",
    consequence="Entra processes several users at once, and all but one of the new members are lost.",
    fix="Update single memberships, or lock the group while its list of members is read and written.",
)
def test_parallel_additions_all_arrive(scim: Session) -> None:
    """Six concurrent PATCH requests that add one member each must leave six members; rejecting some is a warning."""
    users = [scim.new_user() for _ in range(6)]
    group = scim.new_group()
    with ThreadPoolExecutor(len(users)) as pool:
        answers = list(pool.map(lambda user: send(scim, requests.add_members(group["id"], [user["id"]])), users))
    held = members(scim.read(group))
    taken = [user["id"] for user, answer in zip(users, answers, strict=True) if answer.status < 300]
    if set(taken) - set(held):
        raise Finding(
            "the server reported success for concurrent additions but lost some of them",
            counted(len(taken), "member"),
            f"{len(held)}",
        )
    if len(taken) < len(users):
        scim.warn(
            "the server rejects some of several concurrent additions", "200 or 204", str({a.status for a in answers})
        )


@requirement("RFC7644-3.9-02", level="lie", consequence="Every cycle reads thousands of members and may time out.")
def test_look_up_leaves_members_out(scim: Session) -> None:
    """`excludedAttributes=members` must leave the members out of a read and of a lookup, without deleting them."""
    group = scim.new_group(members=[member(scim.new_user())])
    read = send(scim, requests.read_group(group["id"]))
    listed = expect.listing(send(scim, requests.match_group("displayName", group["displayName"])))
    expect.equal([item["id"] for item in listed], [group["id"]], "the ids that the lookup returned")
    for shown in (read.json, listed[0]):
        if isinstance(shown, dict) and shown.get("members"):
            raise Finding(
                "the server returns members that excludedAttributes excludes",
                "no members",
                counted(len(shown["members"]), "member"),
            )
    expect.equal(len(members(scim.read(group))), 1, "members without the exclusion")


@DIALECTS
@requirement(
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence="Entra looks for the renamed group by its new name and creates it a second time.",
)
def test_rename_keeps_the_members(scim: Session, dialect: Dialect) -> None:
    """Entra's rename of a group must store the new `displayName` and keep all members."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    name = scim.name()
    change = [AttributeChange("displayName", name, True)]
    if took_effect(
        scim, send(scim, requests.update_group(group["id"], change, WireShape(dialect))), group, "Entra's rename"
    ):
        read = scim.read(group)
        expect.holds(read, displayName=name)
        expect.equal(members(read), ids(user), "members")


@requirement("RFC7644-3.6-03", level="lie", consequence="A deleted group keeps granting access.")
def test_deleted_group_is_gone_and_its_members_are_not(scim: Session) -> None:
    """After DELETE of a group, GET must return 404, and the users who were its members must still exist."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    expect.status(send(scim, requests.delete_group(group["id"])), 204, 200)
    expect.status(send(scim, requests.read_group(group["id"])), 404)
    expect.holds(scim.read(user), userName=user["userName"])


@requirement("RFC7644-3.5.2-22", level="lie", consequence="One outdated id causes all other new members to be lost.")
def test_unknown_member_is_no_ghost(scim: Session) -> None:
    """An addition with a valid and an unknown member id must be rejected as a whole or must add the valid member."""
    good, unknown = scim.new_user(), scim.unknown()
    group = scim.new_group()
    answer = send(scim, requests.add_members(group["id"], [good["id"], unknown]))
    held = members(scim.read(group))
    if answer.status >= 400:
        expect.equal(held, [], "members after the rejected addition")
    elif held == sorted([good["id"], unknown]):
        scim.note("the server stores an unknown id as a member")
    else:
        expect.equal(held, ids(good), "members")
