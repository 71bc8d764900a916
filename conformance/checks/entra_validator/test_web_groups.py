"""The group tests of https://scimvalidator.microsoft.com, under their names."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.entra_payload import patched, send
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

D1 = WireShape(Dialect.AAD_OPT_SCIM_062020, single_change="object", active_with_others="own_operation")  # as VAL sends
MANAGER = "manager"


def group(scim: Session, *members: dict[str, Any]) -> dict[str, Any]:
    extra = {"members": [{"value": member["id"]} for member in members]} if members else {}
    return scim.new_group(externalId=scim.name(), **extra)


def members_of(resource: dict[str, Any]) -> list[str]:
    return sorted(str(member.get("value")) for member in resource.get("members") or ())


@requirement("RFC7644-3.9-06", level="refusal", consequence="Requests for large groups time out.")
def test_get_group_by_id_excluding_members(scim: Session) -> None:
    """Get group by id excluding members: the response must have the `displayName` and must not have `members`."""
    made = group(scim, scim.new_user())
    answer = expect.status(send(scim, requests.read_group(made["id"])), 200)
    expect.lacks(answer.json, "members")
    expect.holds(answer.json, displayName=made["displayName"])


@requirement("RFC7644-3.9-06", "RFC7644-3.4.2.2-09", level="refusal", consequence="Entra cannot match groups.")
def test_filter_for_existing_group_excluding_members(scim: Session) -> None:
    """Filter for existing group excluding members: the filter must find the one group and return it without `members`."""
    made = group(scim, scim.new_user())
    answer = send(scim, requests.match_group("displayName", made["displayName"]))
    expect.found(answer, made)
    expect.lacks(expect.listing(answer)[0], "members")


@requirement("RFC7644-3.4.2.2-09", level="refusal", consequence="Entra cannot match groups and creates duplicates.")
def test_filter_for_an_existing_group(scim: Session) -> None:
    """Filter for an existing group: `displayName eq` must find exactly the one group."""
    made = group(scim)
    expect.found(scim.search(f'displayName eq "{made["displayName"]}"', scim.groups), made)


@requirement(
    "RFC7644-3.4.2-11",
    level="refusal",
    consequence="Entra's connection test fails, and Entra puts the application in quarantine.",
)
def test_filter_for_a_non_existing_group(scim: Session) -> None:
    """Filter for a non-existing group: the response must be 200 with an empty list."""
    expect.found(send(scim, requests.match_group("displayName", scim.name())))


@requirement("RFC7644-3.4.2.2-39", level="refusal", consequence="Entra cannot match groups and creates duplicates.")
def test_filter_for_an_existing_group_with_a_different_case(scim: Session) -> None:
    """Filter for an existing group with a different case: `displayName eq` must ignore the case of the value."""
    made = group(scim)
    expect.found(send(scim, requests.match_group("displayName", made["displayName"].upper())), made)


@requirement("RFC7644-3.3-07", level="refusal", consequence="No group is provisioned.")
def test_create_a_new_group(scim: Session) -> None:
    """Create a new Group: POST must return 201 and store `displayName` and `externalId`."""
    name = scim.name()
    answer = expect.status(send(scim, requests.create_group({"externalId": name, "displayName": name})), 201)
    expect.holds(scim.read(answer.json), displayName=name, externalId=name)


@requirement("RFC7644-3.3-07", level="lie", consequence="The application has two groups with the same name.")
def test_create_a_duplicate_group(scim: Session) -> None:
    """Create a duplicate Group: a second POST with the same values must be rejected with 409; 201 is a warning."""
    values = {"externalId": scim.name(), "displayName": scim.name()}
    expect.status(send(scim, requests.create_group(values)), 201)
    answer = send(scim, requests.create_group(values))
    if answer.status == 201:
        scim.warn(
            "the server created a second group with the same name; the RFC allows it, Microsoft's validator does not",
            "409",
            "201",
        )
        return
    expect.status(answer, 409)


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="The group in the application differs from the group in the directory.",
)
def test_patch_group_replace_attributes(scim: Session) -> None:
    """Patch Group - Replace Attributes: `replace` without a path must store the new `externalId`."""
    made, other = group(scim), scim.name()
    patched(scim.patch(scim.path_of(made), {"op": "replace", "value": {"externalId": other}}))
    expect.holds(scim.read(made), externalId=other)


@requirement("RFC7644-3.5.2.3-01", level="lie", consequence="A renamed group keeps its old name.")
def test_update_group_display_name(scim: Session) -> None:
    """Update Group displayName: PATCH in the dialect of aadOptscim062020 must rename the group."""
    made, name = group(scim), scim.name()
    request = requests.update_group(made["id"], [AttributeChange("displayName", name, True)], D1)
    patched(send(scim, request))
    expect.holds(scim.read(made), displayName=name)


@requirement("RFC7644-3.5.2.1-11", level="lie", consequence="New members of a group get no access.")
def test_patch_group_add_member(scim: Session) -> None:
    """Patch Group - Add Member: `replace members` must set the one member, and `add` must append another."""
    made, one, other = group(scim), scim.new_user(), scim.new_user()
    patched(scim.patch(scim.path_of(made), {"op": "replace", "path": "members", "value": [{"value": one["id"]}]}))
    expect.equal(members_of(scim.read(made)), [one["id"]], "members")
    patched(send(scim, requests.add_members(made["id"], [other["id"]], D1)))
    expect.equal(members_of(scim.read(made)), sorted([one["id"], other["id"]]), "members")


@requirement(
    "RFC7644-3.5.2.2-04", level="lie", consequence="When one user leaves a group, all members lose their membership."
)
def test_patch_group_remove_member(scim: Session) -> None:
    """Patch Group - Remove Member: removing one of two members must keep the other."""
    one, other = scim.new_user(), scim.new_user()
    made = group(scim, one, other)
    patched(send(scim, requests.remove_members(made["id"], [one["id"]], D1)))
    expect.equal(members_of(scim.read(made)), [other["id"]], "members")


@requirement("RFC7644-3.6-01", "RFC7644-3.6-06", level="lie", consequence="Deleted groups keep granting access.")
def test_delete_a_group(scim: Session) -> None:
    """Delete a Group: DELETE must return 204, and GET must then return 404."""
    made = group(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 204)
    expect.status(scim.get(scim.path_of(made)), 404)


# Tests that Microsoft marks as preview


@requirement("RFC7644-3.5.2-17", level="lie")
def test_multiple_operations_on_a_groups_members(scim: Session) -> None:
    """Multiple Operations on same attribute, Group (preview): one PATCH that adds and removes a member must do both."""
    one, other = scim.new_user(), scim.new_user()
    made = group(scim, one)
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": "members", "value": [{"value": other["id"]}]},
        {"op": "remove", "path": f'members[value eq "{other["id"]}"]'},
    ]
    patched(scim.patch(scim.path_of(made), *operations))
    expect.equal(members_of(scim.read(made)), [one["id"]], "members")


@requirement("RFC7644-3.6-07", level="refusal")
def test_delete_a_non_existent_group(scim: Session) -> None:
    """Delete a non-existent Group (preview): DELETE must return 404."""
    expect.status(send(scim, requests.delete_group(expect.UNKNOWN)), 404)


@requirement("RFC7644-3.6-03", level="refusal")
def test_delete_the_same_group_twice(scim: Session) -> None:
    """Delete the same Group twice (preview): the first DELETE must return 204 and the second 404."""
    made = group(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 204)
    expect.status(send(scim, requests.delete_group(made["id"])), 404)
