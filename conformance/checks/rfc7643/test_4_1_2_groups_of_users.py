"""RFC 7643 section 4.1.2: groups of a user, which only the server sets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import elements

PATIENCE_S = 2.0  # servers may update the groups of a user with a delay
ESCALATION = "Anyone who can write a user can make it a member of any group."


@requirement(
    "RFC7643-4.1.2-19", "RFC7643-4.1.2-22", level="lie", consequence="Access reviews do not show the groups of users."
)
def test_user_shows_the_groups_it_is_in(scim: Session) -> None:
    """groups of a user must list the id of each group with this member, and no longer after the group is deleted."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    expect.equal(_groups(scim, user, lambda ids: ids == [group["id"]]), [group["id"]], "groups")
    expect.status(scim.delete(scim.path_of(group)), 204, 200, 202)
    expect.equal(_groups(scim, user, lambda ids: not ids), [], "groups after the deletion of the group")


@requirement("RFC7643-4.1.2-20", level="cosmetic")
def test_direct_membership_is_called_direct(scim: Session) -> None:
    """groups.type, if present, should be `direct` for a direct membership (warning)."""
    scim.target.need_attribute(USER_URN, "groups.type")
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    held = [item for item in elements(scim.read(user), "groups") if item.get("value") == group["id"]]
    if not held:
        raise NotOffered("groups of a user")
    for item in held:
        expect.equal(item.get("type", "direct"), "direct", "groups.type")


@requirement("RFC7643-4.1.2-24", "RFC7643-7-21", level="lie", consequence=ESCALATION)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_groups_of_a_user_are_read_only(scim: Session, method: str) -> None:
    """groups in POST, PUT, and PATCH of a user must not change memberships; success of the PATCH is a warning."""
    scim.target.need_attribute(USER_URN, "groups")
    group = scim.new_group()
    wanted = [{"value": group["id"]}]
    user = scim.new_user(**({"groups": wanted} if method == "POST" else {}))
    if method == "PUT":
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], groups=wanted)), 200)
    elif method == "PATCH":
        answer = scim.patch(scim.path_of(user), {"op": "add", "path": "groups", "value": wanted})
        if answer.status < 300:
            scim.warn("PATCH of the readOnly attribute groups succeeds", "400 mutability", str(answer.status))
        else:
            expect.keyword(scim, answer, 400, "mutability")
    expect.lacks(scim.read(user), "groups")
    expect.lacks(scim.read(group), "members")


@requirement("RFC7643-4.1.2-24", "RFC7643-2-01", level="lie", consequence="Renaming a user removes it from its groups.")
def test_put_without_groups_leaves_the_memberships(scim: Session) -> None:
    """PUT of a user with groups null or [] must not change its memberships."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    emptied: list[Any] = [[], None]
    for groups in emptied:
        body = {**scim.user_body(userName=user["userName"]), "groups": groups}
        expect.status(scim.put(scim.path_of(user), body), 200)
        members = [item.get("value") for item in elements(scim.read(group), "members")]
        if members != [user["id"]]:
            raise Finding("PUT of a user removes it from its group", user["id"], json_of(members))


def _groups(scim: Session, user: dict[str, Any], settled: Callable[[list[Any]], bool]) -> list[Any]:
    """The ids in a user's groups, read repeatedly until they are as expected or time is up."""
    until = time.monotonic() + PATIENCE_S
    while True:
        ids = [item.get("value") for item in elements(scim.read(user), "groups")]
        if settled(ids) or time.monotonic() > until:
            return ids
        time.sleep(0.1)
