"""What Entra ID sends when a user goes into its recycle bin and comes back: the name is given up, and taken back.

Entra renames a soft-deleted user to its object id without dashes, followed by its name (onyx-dot-app/onyx#14074).
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.topics.replay import send, took_effect
from conformance.topics.samples import ids, member, members
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])


def tombstone(user: dict[str, Any]) -> str:
    """The name of a user in the recycle bin."""
    return f"{uuid5(NAMESPACE_URL, user['userName']).hex}{user['userName']}"


def rename(
    scim: Session, user: dict[str, Any], name: str, *, active: bool, dialect: Dialect = Dialect.DEFAULT
) -> Answer:
    """The PATCH of a soft delete or a restore."""
    changes = [AttributeChange("userName", name, True), AttributeChange("active", active, True)]
    return send(scim, requests.update_user(user["id"], changes, WireShape(dialect)))


@DIALECTS
@requirement(
    "RFC7644-3.5.2.3-10",
    level="lie",
    consequence="Entra cannot deactivate the leaver: the account stays active, and Entra tries again for four weeks.",
    fix="Accept a userName of 32 hexadecimal digits in front of the former one, at least together with active false.",
)
def test_renamed_leaver_is_inactive(scim: Session, dialect: Dialect) -> None:
    """A PATCH that sets active to false and renames the user, as Entra's soft delete does, must apply both changes."""
    user = scim.new_user(active=True)
    answer = rename(scim, user, tombstone(user), active=False, dialect=dialect)
    if took_effect(scim, answer, user, "Entra's soft delete"):
        expect.holds(scim.read(user), active=False, userName=tombstone(user))


@requirement(
    "RFC7644-3.5.2.1-11",
    level="lie",
    consequence="The restored user has no access through groups, or the restart of the job fails for each member.",
    fix="Keep the memberships of inactive users, and accept adding a user who is already a member.",
)
def test_restored_user_is_the_same_member(scim: Session) -> None:
    """A soft delete, a restore, and the restart that adds each member again must leave each member once."""
    user, other = scim.new_user(active=True), scim.new_user()
    group = scim.new_group(members=[member(user), member(other)])
    took_effect(scim, rename(scim, user, tombstone(user), active=False), user, "Entra's soft delete")
    expect.equal(members(scim.read(group)), ids(user, other), "members during the soft delete")
    took_effect(scim, rename(scim, user, user["userName"], active=True), scim.read(user), "Entra's restore")
    expect.holds(scim.read(user), active=True, userName=user["userName"])
    for one in (user, other):
        answer = send(scim, requests.add_members(group["id"], [one["id"]]))
        took_effect(scim, answer, scim.read(group), "Entra's addition of an existing member")
    expect.equal(members(scim.read(group)), ids(user, other), "members after the restart")


@requirement(
    "RFC7644-3.3-08",
    level="lie",
    consequence="The new user is not provisioned, or two users share one userName after the restore.",
    fix="Compare a userName with the current names of all users, active or not, in POST and in PATCH.",
)
def test_freed_name_belongs_to_the_newcomer(scim: Session) -> None:
    """A userName that a soft delete freed must be accepted for a new user, and the restore with it must be rejected."""
    user = scim.new_user(active=True)
    took_effect(scim, rename(scim, user, tombstone(user), active=False), user, "Entra's soft delete")
    answer = scim.post("/Users", {**scim.user_body(), "userName": user["userName"]})
    if answer.status != 201:
        raise Finding("the server rejects a userName that no user has", "201", answer.told, level="refusal")
    before = scim.read(user)
    restored = rename(scim, user, user["userName"], active=True)
    if restored.status < 300 and scim.read(user)["userName"].lower() == user["userName"].lower():
        raise Finding("two users have the same userName after the restore", "409", restored.told)
    expect.status(restored, 409, 400)
    expect.unchanged(scim, before)
