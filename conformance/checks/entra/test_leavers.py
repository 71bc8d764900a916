"""What Entra ID sends when people leave and come back: judged by the state that an independent GET shows."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.entra_replay import send
from conformance.topics.replay import took_effect
from conformance.topics.samples import ids, member, members
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)  # the museum's is nobody's to support any more
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])  # a profile takes its own


@DIALECTS
@requirement(
    "RFC7644-3.5.2.3-10",
    level="lie",
    consequence="Entra believes that the leaver is off; he still signs in.",
    fix='Take "False" and "True" in any case as booleans; refuse any other text.',
)
def test_disabled_user_is_inactive(scim: Session, dialect: Dialect) -> None:
    """active=False, as text or as boolean, ends in inactive."""
    user = scim.new_user(active=True)
    answer = send(scim, requests.disable_user(user["id"], WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's disable"):
        expect.holds(scim.read(user), active=False)


@DIALECTS
@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A rejoiner stays locked out.")
def test_enabled_user_is_active_again(scim: Session, dialect: Dialect) -> None:
    """active=True brings the same user back, with everything that he had."""
    user = scim.new_user(active=True, displayName="Stays")
    shape = WireShape(dialect)
    took_effect(scim, send(scim, requests.disable_user(user["id"], shape)), user, "Entra's disable")
    if took_effect(scim, send(scim, requests.enable_user(user["id"], shape)), scim.read(user), "Entra's enable"):
        expect.holds(scim.read(user), active=True, displayName="Stays", userName=user["userName"])


@requirement(
    "RFC7644-3.5.2-25", level="lie", consequence="A rejoiner has no access: Entra believes that he is still a member."
)
def test_rejoiner_is_still_a_member(scim: Session) -> None:
    """A deactivation and a reactivation leave the memberships: nobody sends them again."""
    user, other = scim.new_user(active=True), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    before = scim.read(user)
    took_effect(scim, send(scim, requests.disable_user(user["id"])), before, "Entra's disable")
    took_effect(scim, send(scim, requests.enable_user(user["id"])), scim.read(user), "Entra's enable")
    expect.equal(members(scim.read(group)), ids(user, other), "members after the return")


@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="The leaver stays active: one spelling is read as true.")
@pytest.mark.parametrize("op", ["add", "Add", "replace", "Replace"])
@pytest.mark.parametrize("value", [False, "False", "false", "FALSE"], ids=["boolean", "False", "false", "FALSE"])
def test_every_spelling_of_a_deactivation(scim: Session, op: str, value: object) -> None:
    """add and replace, false and "False": inactive, or a refusal; never a success without effect."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": op, "path": "active", "value": value})
    if took_effect(scim, answer, user, f"{op} active {value!r}"):
        expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.2-13", level="lie", consequence="Nonsense in a mapping switches people off or on.")
def test_other_text_for_active_is_refused(scim: Session) -> None:
    """active="maybe" is refused with invalidValue and changes nothing."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": "Replace", "path": "active", "value": "maybe"})
    expect.refused(answer)
    expect.unchanged(scim, user)


@DIALECTS
@requirement(
    "RFC7644-3.5.2-20", level="lie", consequence="A rename with a deactivation in one request loses the deactivation."
)
def test_deactivation_beside_other_changes(scim: Session, dialect: Dialect) -> None:
    """displayName, active and name in one PATCH all arrive."""
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
    consequence="The leaver cannot come back: a second account is made.",
)
def test_disabled_user_is_still_found(scim: Session, dialect: Dialect) -> None:
    """A disabled user is readable, found by userName, and listed once."""
    user = scim.new_user(active=True)
    took_effect(scim, send(scim, requests.disable_user(user["id"], WireShape(dialect))), user, "Entra's disable")
    answer = send(scim, requests.read_user(user["id"]))
    if answer.status != 200:
        raise Finding("a disabled user cannot be read", "200 with active false", answer.told)
    expect.found(send(scim, requests.match_user("userName", user["userName"])), user)


@DIALECTS
@requirement(
    "RFC7644-3.5.2.2-04",
    level="lie",
    consequence="One leaver, and the whole group is emptied.",
    fix="A remove of members that carries a value removes exactly those.",
)
def test_removal_of_one_member_keeps_the_others(scim: Session, dialect: Dialect) -> None:
    """Entra's removal takes exactly one member away, in both dialects."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in users])
    answer = send(scim, requests.remove_members(group["id"], [users[1]["id"]], WireShape(dialect)))
    if took_effect(scim, answer, group, "Entra's removal of a member"):
        expect.equal(members(scim.read(group)), ids(users[0], users[2]), "members")


@requirement("RFC7644-3.5.2.2-04", level="lie", consequence="Nothing was meant to be removed, and everybody is.")
@pytest.mark.parametrize("value", [[], None, [{"value": None}]], ids=["empty list", "null", "null id"])
def test_removal_of_nobody_empties_no_group(scim: Session, value: object) -> None:
    """remove members with an empty or senseless value removes nobody, or is refused; to empty the group is told."""
    one, two = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one), member(two)])
    answer = scim.patch(scim.path_of(group), {"op": "Remove", "path": "members", "value": value})
    left = members(scim.read(group))
    if answer.status < 300 and not left:
        scim.warn("a removal without anybody in it empties the group", "400, or nobody removed", "no member left")
    elif left != ids(one, two):
        raise Finding("some members are gone", "all or a refusal", f"{len(left)} of 2 left")


@requirement("RFC7644-3.6-01", "RFC7644-3.6-03", level="lie", consequence="The deleted person keeps the account.")
def test_deletion_after_thirty_days(scim: Session) -> None:
    """DELETE is answered 204, the user is 404 afterwards, and in no group."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    expect.status(send(scim, requests.delete_user(user["id"])), 204, 200, 404)
    expect.status(send(scim, requests.read_user(user["id"])), 404)
    if members(scim.read(group)) != ids(other):
        scim.warn("a deleted user is still a member", "only the other one", str(len(members(scim.read(group)))))
