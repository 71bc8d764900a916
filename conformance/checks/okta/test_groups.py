"""The requests of Okta's group push: creates, renames without a path, membership changes, and full pushes."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.replay import created, send, took_effect
from conformance.topics.samples import ids, member, members
from simulator.profiles import requests
from simulator.profiles.profile import load_profile
from simulator.wording import counted

OKTA = load_profile("okta")
WIZARD = load_profile("okta-wizard")


@requirement("RFC7644-3.3-01", consequence="No group is pushed.")
def test_group_is_created_empty_and_found(scim: Session) -> None:
    """POST of a group with an empty list of members must be accepted, and `displayName eq` must find the group."""
    name = scim.name()
    group = created(scim, requests.create_group(OKTA, {"displayName": name}))
    expect.equal(group.get("members", []), [], "members")  # null is neither absent nor a list
    expect.found(send(scim, requests.find_group(OKTA, name)), group)


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="Okta's group push stops after the create.",
    fix="Apply each key of a value without a path, for groups as for users, and ignore the resource's own id in it.",
)
def test_group_rename_without_path(scim: Session) -> None:
    """`replace` without a path, with `id` and `displayName`, must rename the group and keep its members."""
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    name = scim.name()
    answer = send(scim, requests.rename_group(OKTA, group["id"], {"displayName": name}, [user["id"]]))
    if took_effect(scim, answer, group, "Okta's rename"):
        read = scim.read(group)
        expect.holds(read, id=group["id"], displayName=name)
        expect.equal(members(read), ids(user), "members")


@requirement(
    "RFC7644-3.5.2-16", level="lie", consequence="A wrong link in the identity provider overwrites another group."
)
def test_path_less_change_of_another_id_is_refused(scim: Session) -> None:
    """`replace` without a path, with an id other than the group's own, must not change the id; success is a warning."""
    group, unknown = scim.new_group(), scim.unknown()
    answer = scim.patch(scim.path_of(group), {"op": "replace", "value": {"id": unknown, "displayName": scim.name()}})
    if answer.status < 300:
        scim.warn("the server reports success for a change of the id", "400 mutability", str(answer.status))
    expect.equal(scim.read(group)["id"], group["id"], "id")
    expect.status(scim.get(f"{scim.groups}/{unknown}"), 404)


@requirement(
    "RFC7644-3.5.2-20",
    level="lie",
    consequence="A user who changes teams stays in the old group or does not get into the new one.",
)
def test_change_of_members_in_one_request(scim: Session) -> None:
    """One PATCH that removes a member by filter and adds another with `display` must do both."""
    stays, leaves, joins = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(stays), member(leaves)])
    request = requests.patch_members(OKTA, group["id"], {joins["id"]: joins["userName"]}, [leaves["id"]])
    if took_effect(scim, send(scim, request), group, "Okta's membership change"):
        expect.equal(members(scim.read(group)), ids(stays, joins), "members")


@requirement(
    "RFC7644-3.5.2.2-09", level="lie", consequence="Removing a user who is no longer a member removes another member."
)
def test_removal_of_who_is_no_member(scim: Session) -> None:
    """Removing a user who is not a member must keep all members; an error must be 400 with scimType noTarget."""
    user, stranger = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user)])
    answer = send(scim, requests.patch_members(OKTA, group["id"], {}, [stranger["id"]]))
    expect.equal(members(scim.read(group)), ids(user), "members")
    if answer.status >= 400:
        expect.scim_error(answer, 400, "noTarget")


@requirement(
    "RFC7644-3.5.2.3-03",
    level="lie",
    consequence="After Okta's Push now, users who left the team are still in the group.",
)
def test_full_push_of_members(scim: Session) -> None:
    """`replace members` must replace the whole list, and an empty list must empty the group."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(users[0])])
    for wanted in (users[1:], []):
        answer = send(scim, requests.push_members(group["id"], [user["id"] for user in wanted]))
        if took_effect(scim, answer, scim.read(group), "Okta's full push"):
            expect.equal(members(scim.read(group)), ids(*wanted), "members")


@requirement("RFC7644-3.5.2-22", level="lie", consequence="One outdated id causes the group to lose its members.")
def test_push_with_an_unknown_member_empties_nothing(scim: Session) -> None:
    """`replace members` with one unknown id among valid ones must not lose the valid members."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    answer = send(scim, requests.push_members(group["id"], [one["id"], two["id"], scim.unknown()]))
    held = members(scim.read(group))
    if not set(ids(one, two)) <= set(held):
        how = "rejected" if answer.status >= 400 else "accepted"
        raise Finding(
            f"the server {how} a list with an unknown id and lost members", "2 members", counted(len(held), "member")
        )


@requirement(
    "RFC7644-3.5.2-22", level="lie", consequence="The server carries out half of the request, and the group is empty."
)
def test_exchange_of_members_with_a_bad_one_changes_nothing(scim: Session) -> None:
    """One PATCH that removes all members and adds an unknown id must be rejected whole or must keep the valid member."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    new = [member(one), {"value": scim.unknown()}]
    answer = scim.patch(
        scim.path_of(group), {"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": new}
    )
    held = members(scim.read(group))
    if answer.status >= 400 and held != ids(one, two):
        raise Finding(
            "the server rejected the exchange of members but carried out part of it",
            "2 members",
            counted(len(held), "member"),
        )
    if answer.status < 400 and one["id"] not in held:
        raise Finding(
            "the server accepted the exchange of members and lost the valid member",
            "the valid member",
            counted(len(held), "member"),
        )


@requirement(
    "RFC7644-3.5.1-04",
    level="lie",
    consequence="In an app made with Okta's wizard, former members stay in the group and new members never get in.",
)
def test_put_of_a_group_replaces_its_members(scim: Session) -> None:
    """PUT of a group must replace its members each time, even three times in a row."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in users])
    for wanted in (users[:2], users[1:], users[2:]):
        known = {"displayName": group["displayName"]}
        request = requests.replace_group(WIZARD, group["id"], known, [user["id"] for user in wanted], "replace members")
        if took_effect(scim, send(scim, request), scim.read(group), "Okta's PUT of a group"):
            expect.equal(members(scim.read(group)), ids(*wanted), "members")
