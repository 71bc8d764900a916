"""IPSIE AL SCIM profile section 6.2, level AL2: groups, which are optional."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import GROUP_URN
from conformance.topics.discovery_documents import objects
from conformance.topics.samples import ids, member, members, replaced
from conformance.topics.whole_lists import all_ids

FIFTY = 50
REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
WHOLE = "Groups of the directory grant no access in the application."
DOUBLES = "The identity service does not find the group and creates it a second time."
STAYS = "Users who left the group keep the access that it grants."
CONFLICT = (
    "The server rejects a removal by members[value eq …], and the profile defines no other way to remove one member"
)


@requirement("IPSIE-AL2-6.2-01", "IPSIE-AL2-6.2-02", "IPSIE-AL2-6.2.2-01", consequence=WHOLE)
def test_ipsie_group_is_created(scim: Session) -> None:
    """POST of a group must return 201, and a read must return the group."""
    answer = expect.status(scim.post(scim.groups, scim.group_body()), 201)
    expect.holds(scim.read(answer.json), displayName=answer["displayName"])


@pytest.mark.parametrize("name", ["displayName", "members"])
@requirement("IPSIE-AL2-6.2.1-01", "IPSIE-AL2-6.2.1-02", level="lie", consequence=WHOLE)
def test_ipsie_group_has_the_attribute(scim: Session, name: str) -> None:
    """`displayName` and `members` of a group must be published, stored, and returned by a read."""
    endpoint = scim.groups
    try:
        scim.target.need_attribute(GROUP_URN, name)
    except NotOffered:
        raise Finding(f"The published Group schema has no {name}", f"{name} at /Schemas", "none") from None
    user = scim.new_user()
    body = scim.group_body(members=[member(user)])
    group = scim.read(expect.status(scim.post(endpoint, body), 201).json)
    if name == "members":
        expect.equal(members(group), ids(user), "members")
    else:
        expect.holds(group, displayName=body["displayName"])


@requirement("IPSIE-AL2-6.2.1-03", level="lie", consequence=DOUBLES)
def test_ipsie_group_has_an_external_id(scim: Session) -> None:
    """`externalId` of a group must be stored and returned by a read."""
    key = scim.name()
    expect.holds(scim.read(scim.new_group(externalId=key)), externalId=key)


@requirement(
    "IPSIE-AL2-6.2.1-04", level="refusal", consequence="Two groups with the same name are confused with each other."
)
def test_ipsie_group_names_are_unique(scim: Session) -> None:
    """POST of a second group with the same `displayName` should be rejected with 409 uniqueness (warning)."""
    group = scim.new_group()
    answer = scim.post(scim.groups, scim.group_body(displayName=group["displayName"]))
    expect.scim_error(answer, 409, "uniqueness")


@pytest.mark.parametrize("case", ["without members", "with an empty list"])
@requirement("IPSIE-AL2-6.2.2-02", consequence="A group cannot be created before it has members.")
def test_ipsie_empty_group_is_created(scim: Session, case: str) -> None:
    """POST of a group must be accepted when `members` is missing and when it is an empty list."""
    empty: dict[str, Any] = {"members": []} if case == "with an empty list" else {}
    answer = expect.status(scim.post(scim.groups, scim.group_body(**empty)), 201)
    group = scim.read(answer.json)
    expect.lacks(group, "members")
    expect.holds(group, displayName=answer["displayName"])


@pytest.mark.alone
@requirement("IPSIE-AL2-6.2.3-01", level="lie", consequence=DOUBLES)
def test_ipsie_all_groups_are_listed(scim: Session) -> None:
    """The pages of all groups must contain each group exactly once."""
    made = [scim.new_group() for _ in range(3)]
    listed = all_ids(scim, scim.groups)
    for group in made:
        expect.equal(listed.count(group["id"]), 1, f"the number of times that {group['id']} is listed")


@requirement("IPSIE-AL2-6.2.4-01", consequence="The identity service cannot see who is in the group.")
def test_ipsie_group_is_read_by_id(scim: Session) -> None:
    """GET with the id of a group must return that group."""
    group = scim.new_group()
    expect.equal(expect.status(scim.get(scim.path_of(group)), 200)["id"], group["id"], "id")


@pytest.mark.parametrize("attribute", ["displayName", "externalId"])
@requirement("IPSIE-AL2-6.2.5-01", "IPSIE-AL2-6.2.5-02", "IPSIE-AL2-6.2.1-03", level="lie", consequence=DOUBLES)
def test_ipsie_groups_are_found(scim: Session, attribute: str) -> None:
    """`displayName eq` and `externalId eq` must find exactly the one group, and none for another value."""
    group, _ = scim.new_group(externalId=scim.name()), scim.new_group(externalId=scim.name())
    expect.found(scim.get(scim.groups, filter=f'{attribute} eq "{group.get(attribute)}"'), group)
    expect.found(scim.get(scim.groups, filter=f'{attribute} eq "{scim.name()}"'))


@requirement("IPSIE-AL2-6.2.5-03", level="lie", consequence=STAYS, fix="Support the filter members[value eq …].")
def test_ipsie_groups_of_a_user_are_found(scim: Session) -> None:
    """`members[value eq "…"]` must find exactly the groups that have the user as a member."""
    user, other = scim.new_user(), scim.new_user()
    holding = [scim.new_group(members=[member(user), member(other)]), scim.new_group(members=[member(user)])]
    scim.new_group(members=[member(other)])
    expect.found(scim.get(scim.groups, filter=f'members[value eq "{user["id"]}"]'), *holding)


@requirement("IPSIE-AL2-6.2.6-01", level="lie", consequence=STAYS)
def test_ipsie_group_is_changed_by_patch(scim: Session) -> None:
    """PATCH must rename a group, add a member, and remove a member."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    path, name = scim.path_of(group), scim.name()
    expect.written(scim.patch(path, replaced(name)))
    expect.written(scim.patch(path, {"op": "add", "path": "members", "value": [member(other)]}))
    expect.holds(scim.read(group), displayName=name)
    expect.equal(members(scim.read(group)), ids(one, other), "members after the addition")
    if not _is_accepted(scim, scim.patch(path, _removal(one))):
        expect.written(scim.patch(path, replaced([member(other)], "members")))
    expect.equal(members(scim.read(group)), ids(other), "members after the removal")


@pytest.mark.parametrize("op", ["add", "remove"])
@requirement(
    "IPSIE-AL2-6.2.6-02", level="lie", consequence="A large membership change arrives only in part or not at all."
)
def test_ipsie_fifty_operations_on_members(scim: Session, op: str) -> None:
    """One PATCH with 50 operations that each add (or each remove) one member must apply all of them."""
    users = _fifty_users(scim)
    group = scim.new_group(**({"members": [member(user) for user in users]} if op == "remove" else {}))
    expect.equal(members(scim.read(group)), ids(*users) if op == "remove" else [], "members before")
    additions = [{"op": "add", "path": "members", "value": [member(user)]} for user in users]
    answer = scim.patch(scim.path_of(group), *(additions if op == "add" else [_removal(user) for user in users]))
    if op == "add":
        expect.written(answer)
    elif not _is_accepted(scim, answer):
        return
    expect.equal(members(scim.read(group)), ids(*users) if op == "add" else [], "members")


def _removal(user: dict[str, Any]) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{user["id"]}"]'}


def _is_accepted(scim: Session, answer: Answer) -> bool:
    """Whether the removal was accepted; a rejection is only a note.

    The RFC's only form for it is outside the interoperability profile (section 6.5.2.2).
    """
    if answer.status == 400:
        expect.scim_error(answer, 400)
        scim.note(CONFLICT)
        return False
    expect.written(answer)
    return True


def _fifty_users(scim: Session) -> list[dict[str, Any]]:
    """Fifty users, created by bulk if the server supports it."""
    limit = scim.target.config.get("bulk", {}).get("maxOperations") if scim.target.offers("bulk") else 0
    if not isinstance(limit, int) or limit < FIFTY:
        return [scim.new_user() for _ in range(FIFTY)]
    bodies = [scim.user_body() for _ in range(FIFTY)]
    operations = [
        {"method": "POST", "path": scim.users, "bulkId": f"u{n}", "data": body} for n, body in enumerate(bodies)
    ]
    answer = scim.client.send("POST", "/Bulk", {"schemas": [REQUEST_URN], "Operations": operations})
    made = [str(result.get("location")) for result in objects(answer["Operations"])]
    for url in made:
        scim.remember_url(url)
    users = [{"id": url.rpartition("/")[2]} for url in made if url.startswith("http")]
    return users if len(users) == FIFTY else [scim.new_user() for _ in range(FIFTY)]
