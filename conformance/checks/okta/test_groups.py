"""What Okta's group push sends: create, path-less renames with id, members by filter and addition, full pushes."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.replay import created, send, took_effect
from conformance.topics.samples import ids, member, members
from simulator.profiles import requests
from simulator.profiles.profile import load_profile

OKTA = load_profile("okta")
WIZARD = load_profile("okta-wizard")


@requirement("RFC7644-3.3-01", consequence="No group is pushed.")
def test_group_is_created_empty_and_found(scim: Session) -> None:
    """A group with an empty list of members is created, and found by displayName."""
    name = scim.name()
    group = created(scim, requests.create_group(OKTA, {"displayName": name}))
    expect.equal(group.get("members", []), [], "members")  # null is neither absent nor a list
    expect.found(send(scim, requests.find_group(OKTA, name)), group)


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="Okta's group push stops after the create.",
    fix="Expand the keys of a path-less value, on groups as on users; let the own id pass.",
)
def test_group_rename_without_path(scim: Session) -> None:
    """replace {"id", "displayName"} renames and keeps the members."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    name = scim.name()
    answer = send(scim, requests.rename_group(OKTA, group["id"], {"displayName": name}, [user["id"]]))
    if took_effect(scim, answer, group, "Okta's rename"):
        read = scim.read(group)
        expect.holds(read, id=group["id"], displayName=name)
        expect.equal(members(read), ids(user), "members")


@requirement("RFC7644-3.5.2-16", level="lie", consequence="A wrong link in the provider takes over another group.")
def test_path_less_change_of_another_id_is_refused(scim: Session) -> None:
    """replace {"id": another} is refused, or changes no id."""
    group, unknown = scim.new_group(), scim.unknown()
    answer = scim.patch(scim.path_of(group), {"op": "replace", "value": {"id": unknown, "displayName": scim.name()}})
    if answer.status < 300:
        scim.warn("a path-less change of the id is answered with success", "400 mutability", str(answer.status))
    expect.equal(scim.read(group)["id"], group["id"], "id")
    expect.status(scim.get(f"{scim.groups}/{unknown}"), 404)


@requirement(
    "RFC7644-3.5.2-20", level="lie", consequence="A mover stays in the old team, or does not get into the new one."
)
def test_change_of_members_in_one_request(scim: Session) -> None:
    """A removal by filter and an addition with display in one PATCH leave exactly the new members."""
    stays, leaves, joins = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(stays), member(leaves)])
    request = requests.patch_members(OKTA, group["id"], {joins["id"]: joins["userName"]}, [leaves["id"]])
    if took_effect(scim, send(scim, request), group, "Okta's change of members"):
        expect.equal(members(scim.read(group)), ids(stays, joins), "members")


@requirement("RFC7644-3.5.2.2-09", level="lie", consequence="Removing somebody who is gone removes somebody else.")
def test_removal_of_who_is_no_member(scim: Session) -> None:
    """Okta's removal of a stranger changes nothing."""
    user, stranger = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user)])
    answer = send(scim, requests.patch_members(OKTA, group["id"], {}, [stranger["id"]]))
    expect.equal(members(scim.read(group)), ids(user), "members")
    if answer.status >= 400:
        expect.scim_error(answer, 400, "noTarget")


@requirement("RFC7644-3.5.2.3-03", level="lie", consequence="Push now leaves leavers in the group.")
def test_full_push_of_members(scim: Session) -> None:
    """replace members swaps the whole list, and an empty one empties the group."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(users[0])])
    for wanted in (users[1:], []):
        answer = send(scim, requests.push_members(group["id"], [user["id"] for user in wanted]))
        if took_effect(scim, answer, scim.read(group), "Okta's full push"):
            expect.equal(members(scim.read(group)), ids(*wanted), "members")


@requirement("RFC7644-3.5.2-22", level="lie", consequence="One stale id, and the group is empty.")
def test_push_with_an_unknown_member_empties_nothing(scim: Session) -> None:
    """A full push with a stale id is refused whole, or leaves the good ones in."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    answer = send(scim, requests.push_members(group["id"], [one["id"], two["id"], scim.unknown()]))
    held = members(scim.read(group))
    if not set(ids(one, two)) <= set(held):
        told = "after a refusal" if answer.status >= 400 else "after a success"
        raise Finding(f"members are lost {told}", "both good ones", f"{len(held)} members")


@requirement("RFC7644-3.5.2-22", level="lie", consequence="The first half of an exchange is done: the group is empty.")
def test_exchange_of_members_with_a_bad_one_changes_nothing(scim: Session) -> None:
    """A removal of all and an addition with a stale id in one PATCH: refused with all still there, or the good one in."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    new = [member(one), {"value": scim.unknown()}]
    answer = scim.patch(
        scim.path_of(group), {"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": new}
    )
    held = members(scim.read(group))
    if answer.status >= 400 and held != ids(one, two):
        raise Finding("a refused exchange of members is half done", "both members", f"{len(held)} members")
    if answer.status < 400 and one["id"] not in held:
        raise Finding("the good member of an exchange is lost", "the good one", f"{len(held)} members")


@requirement(
    "RFC7644-3.5.1-04", level="lie", consequence="Leavers stay in the groups of a wizard app, joiners never get in."
)
def test_put_of_a_group_replaces_its_members(scim: Session) -> None:
    """PUT with other lists of members, three times in a row, ends with the last."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in users])
    for wanted in (users[:2], users[1:], users[2:]):
        known = {"displayName": group["displayName"]}
        request = requests.replace_group(WIZARD, group["id"], known, [user["id"] for user in wanted], "replace members")
        if took_effect(scim, send(scim, request), scim.read(group), "Okta's PUT of a group"):
            expect.equal(members(scim.read(group)), ids(*wanted), "members")
