"""The group tests of scimvalidator.microsoft.com by their names (VAL; entra.md 9.1)."""

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


@requirement("RFC7644-3.9-06", level="refusal", consequence="Large groups time out.")
def test_get_group_by_id_excluding_members(scim: Session) -> None:
    """Get group by id excluding members."""
    made = group(scim, scim.new_user())
    answer = expect.status(send(scim, requests.read_group(made["id"])), 200)
    expect.lacks(answer.json, "members")
    expect.holds(answer.json, displayName=made["displayName"])


@requirement("RFC7644-3.9-06", "RFC7644-3.4.2.2-09", level="refusal", consequence="Matching groups fails.")
def test_filter_for_existing_group_excluding_members(scim: Session) -> None:
    """Filter for existing group excluding members."""
    made = group(scim, scim.new_user())
    answer = send(scim, requests.match_group("displayName", made["displayName"]))
    expect.found(answer, made)
    expect.lacks(expect.listing(answer)[0], "members")


@requirement("RFC7644-3.4.2.2-09", level="refusal", consequence="Matching groups fails: duplicates.")
def test_filter_for_an_existing_group(scim: Session) -> None:
    """Filter for an existing group."""
    made = group(scim)
    expect.found(scim.search(f'displayName eq "{made["displayName"]}"', scim.groups), made)


@requirement("RFC7644-3.4.2-11", level="refusal", consequence="The connection test fails; the app is quarantined.")
def test_filter_for_a_non_existing_group(scim: Session) -> None:
    """Filter for a non-existing group."""
    expect.found(send(scim, requests.match_group("displayName", scim.name())))


@requirement("RFC7644-3.4.2.2-39", level="refusal", consequence="Matching groups fails: duplicates.")
def test_filter_for_an_existing_group_with_a_different_case(scim: Session) -> None:
    """Filter for an existing group with a different case."""
    made = group(scim)
    expect.found(send(scim, requests.match_group("displayName", made["displayName"].upper())), made)


@requirement("RFC7644-3.3-07", level="refusal", consequence="No group is provisioned.")
def test_create_a_new_group(scim: Session) -> None:
    """Create a new Group."""
    name = scim.name()
    answer = expect.status(send(scim, requests.create_group({"externalId": name, "displayName": name})), 201)
    expect.holds(scim.read(answer.json), displayName=name, externalId=name)


@requirement("RFC7644-3.3-07", level="lie", consequence="Two groups of one name.")
def test_create_a_duplicate_group(scim: Session) -> None:
    """Create a duplicate Group."""
    values = {"externalId": scim.name(), "displayName": scim.name()}
    expect.status(send(scim, requests.create_group(values)), 201)
    answer = send(scim, requests.create_group(values))
    if answer.status == 201:
        scim.warn("two groups of one name; the RFC allows it, the validator does not", "409", "201")
        return
    expect.status(answer, 409)


@requirement("RFC7644-3.5.2.3-01", level="lie", consequence="Groups drift apart.")
def test_patch_group_replace_attributes(scim: Session) -> None:
    """Patch Group - Replace Attributes."""
    made, other = group(scim), scim.name()
    patched(scim.patch(scim.path_of(made), {"op": "replace", "value": {"externalId": other}}))
    expect.holds(scim.read(made), externalId=other)


@requirement("RFC7644-3.5.2.3-01", level="lie", consequence="A renamed group keeps its old name.")
def test_update_group_display_name(scim: Session) -> None:
    """Update Group displayName."""
    made, name = group(scim), scim.name()
    request = requests.update_group(made["id"], [AttributeChange("displayName", name, True)], D1)
    patched(send(scim, request))
    expect.holds(scim.read(made), displayName=name)


@requirement("RFC7644-3.5.2.1-11", level="lie", consequence="New members get nothing.")
def test_patch_group_add_member(scim: Session) -> None:
    """Patch Group - Add Member: by replace of members and by add."""
    made, one, other = group(scim), scim.new_user(), scim.new_user()
    patched(scim.patch(scim.path_of(made), {"op": "replace", "path": "members", "value": [{"value": one["id"]}]}))
    expect.equal(members_of(scim.read(made)), [one["id"]], "members")
    patched(send(scim, requests.add_members(made["id"], [other["id"]], D1)))
    expect.equal(members_of(scim.read(made)), sorted([one["id"], other["id"]]), "members")


@requirement("RFC7644-3.5.2.2-04", level="lie", consequence="One leaver, and the whole group is emptied.")
def test_patch_group_remove_member(scim: Session) -> None:
    """Patch Group - Remove Member: the other one stays."""
    one, other = scim.new_user(), scim.new_user()
    made = group(scim, one, other)
    patched(send(scim, requests.remove_members(made["id"], [one["id"]], D1)))
    expect.equal(members_of(scim.read(made)), [other["id"]], "members")


@requirement("RFC7644-3.6-01", "RFC7644-3.6-06", level="lie", consequence="Deleted groups keep granting.")
def test_delete_a_group(scim: Session) -> None:
    """Delete a Group."""
    made = group(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 204)
    expect.status(scim.get(scim.path_of(made)), 404)


# ── preview tests ──


@requirement("RFC7644-3.5.2-17", level="lie")
def test_multiple_operations_on_a_groups_members(scim: Session) -> None:
    """Multiple Operations on same attribute, Group (preview): add a member, then remove it."""
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
    """Delete a non-existent Group (preview)."""
    expect.status(send(scim, requests.delete_group(expect.UNKNOWN)), 404)


@requirement("RFC7644-3.6-03", level="refusal")
def test_delete_the_same_group_twice(scim: Session) -> None:
    """Delete the same Group twice (preview)."""
    made = group(scim)
    expect.status(send(scim, requests.delete_group(made["id"])), 204)
    expect.status(send(scim, requests.delete_group(made["id"])), 404)
