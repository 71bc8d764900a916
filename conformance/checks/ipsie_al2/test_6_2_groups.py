"""IPSIE AL SCIM profile section 6.2, level AL2: groups, where a server has any."""

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
WHOLE = "Groups of the directory give nobody anything."
DOUBLES = "The group is not found, and created a second time."
STAYS = "Whoever left the group keeps what it grants."
CONFLICT = "the removal of one member by members[value eq …] is refused: the profile leaves no other form for it"


@requirement("IPSIE-AL2-6.2-01", "IPSIE-AL2-6.2-02", "IPSIE-AL2-6.2.2-01", consequence=WHOLE)
def test_ipsie_group_is_created(scim: Session) -> None:
    """A server with groups creates one by POST: 201, and it is there; one without has nothing to show."""
    answer = expect.status(scim.post(scim.groups, scim.group_body()), 201)
    expect.holds(scim.read(answer.json), displayName=answer["displayName"])


@pytest.mark.parametrize("name", ["displayName", "members"])
@requirement("IPSIE-AL2-6.2.1-01", "IPSIE-AL2-6.2.1-02", level="lie", consequence=WHOLE)
def test_ipsie_group_has_the_attribute(scim: Session, name: str) -> None:
    """displayName and members are published, stored and read back."""
    endpoint = scim.groups
    try:
        scim.target.need_attribute(GROUP_URN, name)
    except NotOffered:
        raise Finding(f"the published Group has no {name}", f"{name} at /Schemas", "none") from None
    user = scim.new_user()
    body = scim.group_body(members=[member(user)])
    group = scim.read(expect.status(scim.post(endpoint, body), 201).json)
    if name == "members":
        expect.equal(members(group), ids(user), "members")
    else:
        expect.holds(group, displayName=body["displayName"])


@requirement("IPSIE-AL2-6.2.1-03", level="lie", consequence=DOUBLES)
def test_ipsie_group_has_an_external_id(scim: Session) -> None:
    """externalId of a group is stored and read back."""
    key = scim.name()
    expect.holds(scim.read(scim.new_group(externalId=key)), externalId=key)


@requirement("IPSIE-AL2-6.2.1-04", level="refusal", consequence="Two groups of one name are taken for each other.")
def test_ipsie_group_names_are_unique(scim: Session) -> None:
    """A second group of the same displayName is 409 uniqueness; else a warning."""
    group = scim.new_group()
    answer = scim.post(scim.groups, scim.group_body(displayName=group["displayName"]))
    expect.scim_error(answer, 409, "uniqueness")


@pytest.mark.parametrize("case", ["without members", "with an empty list"])
@requirement("IPSIE-AL2-6.2.2-02", consequence="A group that is still empty cannot be made ready.")
def test_ipsie_empty_group_is_created(scim: Session, case: str) -> None:
    """A group without anybody is 201, whether members is missing or empty."""
    empty: dict[str, Any] = {"members": []} if case == "with an empty list" else {}
    answer = expect.status(scim.post(scim.groups, scim.group_body(**empty)), 201)
    group = scim.read(answer.json)
    expect.lacks(group, "members")
    expect.holds(group, displayName=answer["displayName"])


@pytest.mark.alone
@requirement("IPSIE-AL2-6.2.3-01", level="lie", consequence=DOUBLES)
def test_ipsie_all_groups_are_listed(scim: Session) -> None:
    """Page by page, each group is there exactly once."""
    made = [scim.new_group() for _ in range(3)]
    listed = all_ids(scim, scim.groups)
    for group in made:
        expect.equal(listed.count(group["id"]), 1, f"how often {group['id']} is in the list")


@requirement("IPSIE-AL2-6.2.4-01", consequence="Nobody can see who is in the group.")
def test_ipsie_group_is_read_by_id(scim: Session) -> None:
    """GET by id gives the group."""
    group = scim.new_group()
    expect.equal(expect.status(scim.get(scim.path_of(group)), 200)["id"], group["id"], "id")


@pytest.mark.parametrize("attribute", ["displayName", "externalId"])
@requirement("IPSIE-AL2-6.2.5-01", "IPSIE-AL2-6.2.5-02", "IPSIE-AL2-6.2.1-03", level="lie", consequence=DOUBLES)
def test_ipsie_groups_are_found(scim: Session, attribute: str) -> None:
    """displayName eq and externalId eq find the one group; another value finds none."""
    group, _ = scim.new_group(externalId=scim.name()), scim.new_group(externalId=scim.name())
    expect.found(scim.get(scim.groups, filter=f'{attribute} eq "{group.get(attribute)}"'), group)
    expect.found(scim.get(scim.groups, filter=f'{attribute} eq "{scim.name()}"'))


@requirement("IPSIE-AL2-6.2.5-03", level="lie", consequence=STAYS, fix="Support members[value eq …] as a filter.")
def test_ipsie_groups_of_a_user_are_found(scim: Session) -> None:
    """members[value eq …] gives the groups that hold the user, and no other."""
    user, other = scim.new_user(), scim.new_user()
    holding = [scim.new_group(members=[member(user), member(other)]), scim.new_group(members=[member(user)])]
    scim.new_group(members=[member(other)])
    expect.found(scim.get(scim.groups, filter=f'members[value eq "{user["id"]}"]'), *holding)


@requirement("IPSIE-AL2-6.2.6-01", level="lie", consequence=STAYS)
def test_ipsie_group_is_changed_by_patch(scim: Session) -> None:
    """PATCH renames a group, adds a member and removes one."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    path, name = scim.path_of(group), scim.name()
    expect.written(scim.patch(path, replaced(name)))
    expect.written(scim.patch(path, {"op": "add", "path": "members", "value": [member(other)]}))
    expect.holds(scim.read(group), displayName=name)
    expect.equal(members(scim.read(group)), ids(one, other), "members after the addition")
    if not _is_taken(scim, scim.patch(path, _removal(one))):
        expect.written(scim.patch(path, replaced([member(other)], "members")))
    expect.equal(members(scim.read(group)), ids(other), "members after the removal")


@pytest.mark.parametrize("op", ["add", "remove"])
@requirement("IPSIE-AL2-6.2.6-02", level="lie", consequence="A large change of members arrives in part, or not at all.")
def test_ipsie_fifty_operations_on_members(scim: Session, op: str) -> None:
    """One PATCH with fifty additions, or fifty removals, of one member each is carried out whole."""
    users = _fifty_users(scim)
    group = scim.new_group(**({"members": [member(user) for user in users]} if op == "remove" else {}))
    expect.equal(members(scim.read(group)), ids(*users) if op == "remove" else [], "members before")
    additions = [{"op": "add", "path": "members", "value": [member(user)]} for user in users]
    answer = scim.patch(scim.path_of(group), *(additions if op == "add" else [_removal(user) for user in users]))
    if op == "add":
        expect.written(answer)
    elif not _is_taken(scim, answer):
        return
    expect.equal(members(scim.read(group)), ids(*users) if op == "add" else [], "members")


def _removal(user: dict[str, Any]) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{user["id"]}"]'}


def _is_taken(scim: Session, answer: Answer) -> bool:
    """The only form of the RFC is outside the interoperability profile (6.5.2.2): a refusal is noted, and no failure."""
    if answer.status == 400:
        expect.scim_error(answer, 400)
        scim.note(CONFLICT)
        return False
    expect.written(answer)
    return True


def _fifty_users(scim: Session) -> list[dict[str, Any]]:
    """Fifty users, by bulk where there is any."""
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
