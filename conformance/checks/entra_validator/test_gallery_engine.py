"""The tests that Microsoft's gallery workflow runs through Entra's provisioning engine, under their names.

They send the requests of the engine. Source: SCIM-Validation-Test-Overview.md in
https://github.com/AzureAD/SCIMReferenceCode.
"""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import ENTERPRISE_URN
from conformance.target.fields import Fields
from conformance.topics.entra_payload import attributes, changes, create, full_user, patched, send, shows
from simulator.entra import requests
from simulator.mapping.attribute_mapping import AttributeChange


def matched_or_created(scim: Session, values: dict[str, Any]) -> dict[str, Any]:
    """Create a user as the engine does: look it up without a match, POST it, and find it with the same lookup."""
    request = requests.match_user("userName", values["userName"])
    expect.found(send(scim, request))
    user = create(scim, values)
    expect.found(send(scim, request), user)
    return user


def group_with(scim: Session, *members: dict[str, Any]) -> dict[str, Any]:
    values = {"externalId": scim.name(), "displayName": scim.name()}
    expect.found(send(scim, requests.match_group("displayName", values["displayName"])))
    answer = expect.status(send(scim, requests.create_group(values)), 201)
    for member in members:
        patched(send(scim, requests.add_members(answer.json["id"], [member["id"]])))
    return Fields(answer.json)


def members_of(scim: Session, made: dict[str, Any]) -> list[str]:
    return sorted(str(member.get("value")) for member in scim.read(made).get("members") or ())


def is_active(scim: Session, user: dict[str, Any], expected: bool) -> None:
    expect.holds(scim.read(user), active=expected)


# Users


@requirement("RFC7644-3.3-01", level="refusal", consequence="No user is provisioned.")
def test_create_user_test(scim: Session) -> None:
    """Create_User_Test: POST of a user with all default attributes must store every value and make the user findable."""
    values = full_user(scim)
    shows(scim.read(matched_or_created(scim, values)), values)


@requirement("RFC7644-3.5.2.3-02", level="lie", consequence="A user who changes jobs keeps old values.")
def test_update_user_test(scim: Session) -> None:
    """Update_User_Test: one PATCH of all default attributes must store every new value."""
    user = matched_or_created(scim, full_user(scim))
    wanted = attributes(scim, "moved")
    expect.status(send(scim, requests.read_user(user["id"])), 200)
    patched(send(scim, requests.update_user(user["id"], changes(wanted, exist=True))))
    shows(scim.read(user), wanted)


@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A user who leaves the company can still sign in.")
def test_disable_user_test(scim: Session) -> None:
    """Disable_User_Test: Entra's disable request must make the user inactive, and the user must stay findable."""
    user = matched_or_created(scim, full_user(scim))
    patched(send(scim, requests.disable_user(user["id"])))
    is_active(scim, user, False)
    expect.found(send(scim, requests.match_user("userName", user["userName"])), user)


@requirement("RFC7644-3.6-01", level="lie", consequence="Users that the company deleted keep their accounts.")
def test_delete_user_test(scim: Session) -> None:
    """Delete_User_Test: after DELETE, GET of the user must return 404, and a lookup must return an empty list."""
    user = matched_or_created(scim, full_user(scim))
    expect.status(send(scim, requests.delete_user(user["id"])), 200, 204)
    expect.status(send(scim, requests.read_user(user["id"])), 404)
    expect.found(send(scim, requests.match_user("userName", user["userName"])))


@requirement("RFC7644-3.5.2.3-11", level="lie", consequence="Approval requests go to the wrong manager.")
def test_user_update_manager_test(scim: Session) -> None:
    """User_Update_Manager_Test: PATCH must set, change, and remove a user's manager."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    user, one, other = scim.new_user(), scim.new_user(), scim.new_user()
    for request, expected in (
        (requests.set_manager(user["id"], one["id"], exists=False), one["id"]),
        (requests.set_manager(user["id"], other["id"], exists=True), other["id"]),
        (requests.remove_manager(user["id"]), None),
    ):
        patched(send(scim, request))
        held = (scim.read(user).get(ENTERPRISE_URN) or {}).get("manager")
        expect.equal(held.get("value") if isinstance(held, dict) else held, expected, "the manager's value")


@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A returning user stays locked out.")
def test_restore_user_test(scim: Session) -> None:
    """Restore_User_Test: a user who is disabled and enabled again must be findable in between and active at the end."""
    user = matched_or_created(scim, full_user(scim))
    patched(send(scim, requests.disable_user(user["id"])))
    is_active(scim, user, False)
    expect.found(send(scim, requests.match_user("userName", user["userName"])), user)
    patched(send(scim, requests.enable_user(user["id"])))
    is_active(scim, user, True)


@requirement("RFC7644-3.4.2-11", level="refusal", consequence="Entra's provisioning on demand fails.")
def test_pod_user_test(scim: Session) -> None:
    """POD_User_Test: three probes must find no user, a create must work, and a second lookup must find the new user."""
    for _ in range(3):
        expect.found(send(scim, requests.probe_user(expect.UNKNOWN)))
    values = full_user(scim)
    user = matched_or_created(scim, values)
    expect.found(send(scim, requests.match_user("userName", values["userName"])), user)


# Groups


@requirement("RFC7644-3.3-01", level="refusal", consequence="No group is provisioned.")
def test_create_group_test(scim: Session) -> None:
    """Create_Group_Test: POST of a group must return 201 and store the `displayName`."""
    made = group_with(scim)
    expect.holds(scim.read(made), displayName=made["displayName"])


@requirement("RFC7644-3.5.2.3-02", level="lie", consequence="A renamed group keeps its old name.")
def test_update_group_test(scim: Session) -> None:
    """Update_Group_Test: PATCH of `displayName` must rename the group."""
    made, name = group_with(scim), scim.name()
    expect.status(send(scim, requests.read_group(made["id"])), 200)
    patched(send(scim, requests.update_group(made["id"], [AttributeChange("displayName", name, True)])))
    expect.holds(scim.read(made), displayName=name)


@requirement("RFC7644-3.6-01", level="lie", consequence="Deleted groups keep granting access.")
def test_delete_group_test(scim: Session) -> None:
    """Delete_Group_Test: after DELETE of a group, a lookup must return an empty list."""
    made = group_with(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 200, 204)
    expect.found(send(scim, requests.match_group("displayName", made["displayName"])))


@requirement("RFC7644-3.5.2.1-11", level="lie", consequence="New members of a group get no access.")
def test_group_update_add_member_test(scim: Session) -> None:
    """Group_Update_Add_Member_Test: adding a member must keep the members that the group has."""
    one, other = scim.new_user(), scim.new_user()
    made = group_with(scim, one)
    patched(send(scim, requests.add_members(made["id"], [other["id"]])))
    expect.equal(members_of(scim, made), sorted([one["id"], other["id"]]), "members")


@requirement(
    "RFC7644-3.5.2.2-04", level="lie", consequence="When one user leaves a group, all members lose their membership."
)
def test_group_update_remove_member_test(scim: Session) -> None:
    """Group_Update_Remove_Member_Test: removing one member must keep the others."""
    one, other = scim.new_user(), scim.new_user()
    made = group_with(scim, one, other)
    patched(send(scim, requests.remove_members(made["id"], [one["id"]])))
    expect.equal(members_of(scim, made), [other["id"]], "members")


@requirement("RFC7644-3.5.2.1-11", level="refusal", consequence="Entra's provisioning on demand fails.")
def test_pod_group_test(scim: Session) -> None:
    """POD_Group_Test: five members that are added one by one must all be members at the end."""
    people = [scim.new_user() for _ in range(5)]
    made = group_with(scim, *people)
    expect.equal(members_of(scim, made), sorted(user["id"] for user in people), "members")


@requirement("RFC7644-3.6-05", level="refusal", consequence="A group that is assigned again is not provisioned again.")
def test_restore_group_test(scim: Session) -> None:
    """Restore_Group_Test: a deleted group must be creatable again with the same `displayName` and `externalId`."""
    made = group_with(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 200, 204)
    values = {"externalId": made.get("externalId"), "displayName": made["displayName"]}
    expect.status(send(scim, requests.create_group(values)), 201)
