"""The requests of Entra ID when users leave and return; an independent GET judges the resulting state."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.entra_replay import send
from conformance.topics.replay import took_effect
from conformance.topics.samples import ids, member, members
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)  # Entra no longer sends the historical third dialect
DIALECTS = pytest.mark.parametrize(
    "dialect", TODAYS, ids=[d.value for d in TODAYS]
)  # a run selects the cases of its dialect


@DIALECTS
@requirement(
    "RFC7644-3.5.2.3-10",
    level="lie",
    consequence="Entra records the user as disabled, but the user can still sign in.",
    fix='Accept the strings "False" and "True" in any case as booleans, and reject any other string.',
)
def test_disabled_user_is_inactive(scim: Session, dialect: Dialect) -> None:
    """Entra's disable request, with `active` as a string or as a boolean, must make the user inactive."""
    user = scim.new_user(active=True)
    answer = send(scim, requests.disable_user(user["id"], WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's disable"):
        expect.holds(scim.read(user), active=False)


@DIALECTS
@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A returning user stays locked out.")
def test_enabled_user_is_active_again(scim: Session, dialect: Dialect) -> None:
    """Entra's enable request must make the same user active again and must keep the user's attributes."""
    user = scim.new_user(active=True, displayName="Stays")
    shape = WireShape(dialect)
    took_effect(scim, send(scim, requests.disable_user(user["id"], shape)), user, "Entra's disable")
    if took_effect(scim, send(scim, requests.enable_user(user["id"], shape)), scim.read(user), "Entra's enable"):
        expect.holds(scim.read(user), active=True, displayName="Stays", userName=user["userName"])


@requirement(
    "RFC7644-3.5.2-25",
    level="lie",
    consequence="A returning user has no access: Entra assumes that the memberships still exist and does not send them again.",
)
def test_rejoiner_is_still_a_member(scim: Session) -> None:
    """A user who is disabled and enabled again must still be a member of the same groups."""
    user, other = scim.new_user(active=True), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    before = scim.read(user)
    took_effect(scim, send(scim, requests.disable_user(user["id"])), before, "Entra's disable")
    took_effect(scim, send(scim, requests.enable_user(user["id"])), scim.read(user), "Entra's enable")
    expect.equal(members(scim.read(group)), ids(user, other), "members after the return")


@requirement(
    "RFC7644-3.5.2.3-10",
    level="lie",
    consequence="A user who leaves the company stays active because one spelling of false is read as true.",
)
@pytest.mark.parametrize("op", ["add", "Add", "replace", "Replace"])
@pytest.mark.parametrize("value", [False, "False", "false", "FALSE"], ids=["boolean", "False", "false", "FALSE"])
def test_every_spelling_of_a_deactivation(scim: Session, op: str, value: object) -> None:
    """`add` or `replace` of `active`, with false as a boolean or a string, must deactivate the user or be rejected."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": op, "path": "active", "value": value})
    if took_effect(scim, answer, user, f"{op} active {json_of(value)}"):
        expect.holds(scim.read(user), active=False)


@requirement(
    "RFC7644-3.5.2-13",
    level="lie",
    consequence="An invalid value in an attribute mapping deactivates or activates users.",
)
def test_other_text_for_active_is_refused(scim: Session) -> None:
    """`active` set to the string "maybe" must be rejected and must change nothing."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": "Replace", "path": "active", "value": "maybe"})
    expect.refused(answer)
    expect.unchanged(scim, user)


@DIALECTS
@requirement(
    "RFC7644-3.5.2-20",
    level="lie",
    consequence="If one request contains a rename and a deactivation, the deactivation is lost.",
)
def test_deactivation_beside_other_changes(scim: Session, dialect: Dialect) -> None:
    """One PATCH that changes `displayName`, `active`, and `name.givenName` must store all three."""
    user = scim.new_user(active=True, displayName="Before")
    changes = [
        AttributeChange("displayName", "After", True),
        AttributeChange("active", False, True),
        AttributeChange("name.givenName", "Given", True),
    ]
    answer = send(scim, requests.update_user(user["id"], changes, WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's update"):
        read = scim.read(user)
        expect.holds(read, active=False, displayName="After")
        expect.equal((read.get("name") or {}).get("givenName"), "Given", "name.givenName")


@DIALECTS
@requirement(
    "RFC7644-3.4.1-01",
    "RFC7644-3.4.2-11",
    level="lie",
    consequence="Entra does not find a returning user and creates a second account.",
)
def test_disabled_user_is_still_found(scim: Session, dialect: Dialect) -> None:
    """A disabled user must stay readable by id and must be found exactly once by `userName`."""
    user = scim.new_user(active=True)
    took_effect(scim, send(scim, requests.disable_user(user["id"], WireShape(dialect))), user, "Entra's disable")
    answer = send(scim, requests.read_user(user["id"]))
    if answer.status != 200:
        raise Finding("the server does not return a disabled user", "200 with active false", answer.told)
    expect.found(send(scim, requests.match_user("userName", user["userName"])), user)


@DIALECTS
@requirement(
    "RFC7644-3.5.2.2-04",
    level="lie",
    consequence="When one user leaves a group, all members lose their membership.",
    fix="If a remove operation on members has a value, remove exactly the members in that value.",
)
def test_removal_of_one_member_keeps_the_others(scim: Session, dialect: Dialect) -> None:
    """Removing one member the way Entra does must remove only that member."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in users])
    answer = send(scim, requests.remove_members(group["id"], [users[1]["id"]], WireShape(dialect)))
    if took_effect(scim, answer, group, "Entra's removal of a member"):
        expect.equal(members(scim.read(group)), ids(users[0], users[2]), "members")


@requirement(
    "RFC7644-3.5.2.2-04",
    level="lie",
    consequence="A request that names no member to remove takes the membership from everyone.",
)
@pytest.mark.parametrize("value", [[], None, [{"value": None}]], ids=["empty list", "null", "null id"])
def test_removal_of_nobody_empties_no_group(scim: Session, value: object) -> None:
    """`remove members` with an empty or invalid value must not remove some of the members; removing all is a warning."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    answer = scim.patch(scim.path_of(group), {"op": "Remove", "path": "members", "value": value})
    left = members(scim.read(group))
    if answer.status < 300 and not left:
        scim.warn("a removal that names no member empties the group", "400, or both members", "no members")
    elif left != ids(one, two):
        raise Finding(
            "a removal that names no member removed some members", "both members", f"{len(left)} of 2 members"
        )


@requirement(
    "RFC7644-3.6-01", "RFC7644-3.6-03", level="lie", consequence="A user that the company deleted keeps the account."
)
def test_deletion_after_thirty_days(scim: Session) -> None:
    """DELETE of a user must succeed, and GET must then return 404; if a group still shows the member, it is a warning."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    expect.status(send(scim, requests.delete_user(user["id"])), 204, 200, 404)
    expect.status(send(scim, requests.read_user(user["id"])), 404)
    if members(scim.read(group)) != ids(other):
        scim.warn("a group still shows a deleted user as a member", "1 member", str(len(members(scim.read(group)))))
