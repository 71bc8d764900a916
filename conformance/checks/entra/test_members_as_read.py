"""What Entra ID sends for members after it has read the group, and how many changes it sends at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.replay import send, took_effect
from conformance.topics.samples import ids, member, members
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.wording import counted

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])


@DIALECTS
@requirement(
    "RFC7644-3.9-02",
    level="lie",
    consequence="Each member that Entra writes replaces the members that Entra has read, so the group ends up with one member.",
    fix="Omit members from every response to a request with excludedAttributes=members, for single groups and lists.",
)
def test_member_added_after_a_read_keeps_the_others(scim: Session, dialect: Dialect) -> None:
    """A member that Entra adds after its read of the group must leave the other members in the group.

    Entra replaces what it has read, although it has excluded members (grokability/snipe-it#19096, Infisical/infisical#6525).
    """
    one, two, three = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(one)])
    listed = expect.listing(send(scim, requests.match_group("displayName", group["displayName"])))
    seen = [send(scim, requests.read_group(group["id"])).json, *listed]
    shown = any(isinstance(one, dict) and one.get("members") for one in seen)
    for joiner in (two, three):
        request = requests.add_members(group["id"], [joiner["id"]], WireShape(dialect), replaces=shown)
        took_effect(scim, send(scim, request), scim.read(group), "Entra's addition of a member")
    held = members(scim.read(group))
    if shown and held != ids(one, two, three):
        raise Finding(
            "the server shows members that Entra excludes, so Entra replaces them",
            "3 members",
            counted(len(held), "member"),
        )
    expect.equal(held, ids(one, two, three), "members")


@requirement(
    "RFC7644-3.5.2-22",
    level="lie",
    consequence="Entra changes up to five members of a group concurrently, so leavers are added back or joiners are lost.",
    fix="Change the membership itself, or lock the group while its list is read and written.",
)
def test_five_changes_of_a_group_at_once(scim: Session) -> None:
    """Three additions and two removals of members, sent at once as Entra does, must all take effect.

    Captain-P-Goldfish/SCIM-SDK#646, scimmyjs/scimmy#79.
    """
    stays, *leavers = (scim.new_user() for _ in range(3))
    joiners = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(user) for user in (stays, *leavers)])
    changes = [requests.remove_members(group["id"], [user["id"]]) for user in leavers]
    changes += [requests.add_members(group["id"], [user["id"]]) for user in joiners]
    with ThreadPoolExecutor(len(changes)) as pool:
        answers = list(pool.map(lambda request: send(scim, request), changes))
    rejected = sorted({answer.status for answer in answers if answer.status >= 300})
    if rejected:
        scim.warn("the server rejects some of five concurrent changes", "200 or 204", ", ".join(map(str, rejected)))
        return
    held, wanted = members(scim.read(group)), ids(stays, *joiners)
    if held != wanted:
        lost, back = len(set(wanted) - set(held)), len(set(held) - set(wanted))
        raise Finding(
            "the server reported success for changes that it lost",
            "every joiner and no leaver as a member",
            f"{counted(lost, 'member')} missing, {counted(back, 'leaver')} still there",
        )
