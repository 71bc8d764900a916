"""RFC 7644 section 3.6: creating a deleted user or group again, and reading pages during a deletion."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import cohort, ids_in, page
from conformance.topics.history import first_change, identified, lookup, must_find, needs
from conformance.topics.round_trips import elements
from conformance.topics.samples import member, members

HERITAGE = "A new user with the name of a leaver inherits the leaver's groups and data."


def _created_again(scim: Session, type_name: str, **values: Any) -> dict[str, Any]:
    """Create a resource with a name that was used before; another check warns about a conflict (RFC 7644 3.6: SHOULD NOT)."""
    answer = scim.post(scim.target.need_type(type_name), scim.body(type_name, **values))
    if answer.status == 409:
        raise NotOffered(f"a {type_name} with the name of a deleted one")
    return expect.created(answer)


@requirement(
    "RFC7644-3.6-03",
    "RFC7643-3.1-06",
    "RFC7644-3.3-07",
    level="lie",
    consequence=HERITAGE,
    fix="Create a new row for each POST, and do not restore an old row or its attributes by userName.",
)
def test_recreated_user_is_a_new_one(scim: Session) -> None:
    """A user created with the userName of a deleted user must have a new id, no old values, and be active."""
    needs(scim, "User", "active", "title", "displayName")
    old = identified(scim, "User", title=scim.name(), displayName=scim.name())
    if scim.target.offers("patch"):
        first_change(scim, old, "PATCH", active=False)
    expect.status(scim.delete(scim.path_of(old)), 204, 200, 202)
    new = _created_again(scim, "User", userName=old["userName"], active=True)
    shown = scim.read(new)
    expect.equal(new["id"] != old["id"], True, "whether the new user has a new id")
    expect.equal(shown.get("active"), True, "active of the new user")
    for name in ("title", "displayName", "externalId"):
        if shown.get(name) == old[name]:
            raise Finding(
                f"a new user has the {name} of a deleted user", "no value of the deleted user", json_of(old[name])
            )
    expect.status(scim.get(scim.path_of(old)), 404)
    must_find(scim, "User", "userName", old["userName"], new, after="a deletion and a POST with the same name")


@requirement(
    "RFC7643-4.2-10",
    "RFC7644-3.6-03",
    level="lie",
    consequence=HERITAGE,
    fix="Delete memberships together with the user, and store them by id instead of by userName.",
)
def test_recreated_user_is_in_no_group(scim: Session) -> None:
    """A user created with the userName of a deleted user must not be in that user's groups."""
    old, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(old), member(other)])
    expect.status(scim.delete(scim.path_of(old)), 204, 200, 202)
    new = _created_again(scim, "User", userName=old["userName"])
    if new["id"] in members(scim.read(group)) or group["id"] in [
        item.get("value") for item in elements(scim.read(new), "groups")
    ]:
        raise Finding("a new user is in a group of the deleted user", "no group", f"the group {group['id']}")
    expect.equal(other["id"] in members(scim.read(group)), True, "whether the other member is still in the group")


@requirement(
    "RFC7644-3.6-05",
    "RFC7644-3.6-04",
    level="refusal",
    consequence="A user who returns with the same employee number can never be created again.",
    fix="Release the externalId of a deleted user, even if its row remains.",
)
def test_external_id_of_the_deleted_is_free_again(scim: Session) -> None:
    """The externalId of a deleted user must be available for a new user and find only that user; a conflict is a warning."""
    old = identified(scim, "User")
    expect.status(scim.delete(scim.path_of(old)), 204, 200, 202)
    must_find(scim, "User", "externalId", old["externalId"], after="the deletion")
    answer = scim.post(scim.users, scim.user_body(externalId=old["externalId"]))
    if answer.status == 409:
        scim.warn("the externalId of a deleted user is still in use", "201", "409")
        return
    must_find(
        scim, "User", "externalId", old["externalId"], expect.created(answer), after="a POST with the same externalId"
    )


@requirement(
    "RFC7644-3.6-03",
    "RFC7643-3.1-06",
    level="lie",
    consequence="A repeated cleanup deletes the user who has the name now.",
    fix="Resolve only the id in the URL, and never fall back to userName or externalId.",
)
def test_deletion_again_spares_the_next_user(scim: Session) -> None:
    """DELETE, PUT, and PATCH of a deleted id must return 404 and must not change a new user with the same name."""
    old = identified(scim, "User")
    path = scim.path_of(old)
    expect.status(scim.delete(path), 204, 200, 202)
    new = _created_again(scim, "User", userName=old["userName"], externalId=old["externalId"])
    before = scim.read(new)
    answers = [scim.put(path, scim.body("User")), scim.delete(path), scim.delete(path)]
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, {"op": "replace", "path": "externalId", "value": scim.name()}))
    expect.unchanged(scim, before)
    for answer in answers:
        expect.status(answer, 404)


@requirement(
    "RFC7643-4.2-09",
    "RFC7644-3.6-03",
    level="lie",
    consequence="A group that is created again gives access to everyone who was in the old one.",
    fix="Delete memberships together with the group, and store them by the group's id.",
)
def test_recreated_group_is_empty(scim: Session) -> None:
    """A group created with the name of a deleted group must have a new id and no members."""
    user = scim.new_user()
    old = scim.new_group(members=[member(user)])
    expect.status(scim.delete(scim.path_of(old)), 204, 200, 202)
    new = _created_again(scim, "Group", displayName=old["displayName"])
    expect.equal(new["id"] != old["id"], True, "whether the new group has a new id")
    expect.lacks(scim.read(new), "members")
    must_find(scim, "Group", "displayName", old["displayName"], new, after="a deletion and a POST with the same name")
    if new["id"] in [item.get("value") for item in elements(scim.read(user), "groups")]:
        raise Finding("a member of a deleted group is in the new group", "no group", str(new["id"]))


@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement(
    "RFC7644-3.6-04",
    "RFC7644-3.4.2.4-13",
    "RFC7644-3.4.2-06",
    level="lie",
    consequence="An import stops because a user was deleted while it was running.",
    fix="Compute each page and its total from the resources that exist at that time.",
)
def test_list_goes_on_when_something_is_deleted(scim: Session, type_name: str) -> None:
    """After a deletion between two pages, the next pages must have the new total and no deleted resource."""
    five = cohort(scim, 5, type_name)
    whole = [
        id_ for start in (1, 3, 5) for id_ in ids_in(page(scim, five, startIndex=start, count=2)["Resources"] or [])
    ]
    if sorted(whole) != sorted(five.ids):
        raise NotOffered("pages that contain each resource once")
    ends = not page(scim, five, startIndex=7, count=2)["Resources"]  # another check tests a page beyond the end
    first = page(scim, five, startIndex=1, count=2)
    for doomed, left in ((first["Resources"][0], 4), (first["Resources"][1], 3)):
        expect.status(scim.delete(scim.path_of(doomed)), 204, 200, 202)
        pages = [page(scim, five, startIndex=start, count=2) for start in (1, 3, 5) if start <= left or ends]
        expect.equal({one["totalResults"] for one in pages}, {left}, "totalResults on each page")
        seen = [id_ for one in pages for id_ in ids_in(one["Resources"] or [])]
        expect.equal(len(seen), left, "the number of resources on all pages")
        expect.equal(doomed["id"] in seen, False, "whether a page contains the deleted resource")
    expect.equal(
        lookup(scim, type_name, "id", first["Resources"][0]["id"]), [], "the results of a filter on the deleted id"
    )
