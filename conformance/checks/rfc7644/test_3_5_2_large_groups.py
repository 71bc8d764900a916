"""RFC 7644 section 3.5.2: PATCH of a group with more than a thousand members."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.crowds import (
    accepted_or_rejected,
    by_size,
    has_members,
    members_of,
    need_large_group,
    new_large_group,
)

pytestmark = pytest.mark.crowd
LOST = "A single change of one membership removes a thousand users from the group, and they lose their access."
STAYS = "A leaver keeps the access that the group grants, although the provider believes that it was removed."
WHOLE = "Change the stored set of members, and never write back a list that was read with a limit."
CLIENTS = "providers send all changes of a group at once (https://github.com/goauthentik/authentik/issues/20410)"


@requirement("RFC7644-3.5.2.1-11", "RFC7644-3.5.2.1-06", level="lie", consequence=LOST, fix=WHOLE)
def test_add_to_a_large_group_loses_nobody(scim: Session) -> None:
    """PATCH `add` of one member to a group of more than a thousand must keep every other member."""
    crowd, _ = need_large_group(scim)

    def add(ids: Sequence[str]) -> None:
        group = new_large_group(scim, ids[:-1])
        answer = scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": members_of(ids[-1:])})
        expect.written(answer)
        has_members(scim.read(group), ids, "GET after `add`")

    by_size(scim, add, crowd.users, crowd.users[:3])


@requirement("RFC7644-3.5.2.2-04", level="lie", consequence=STAYS, fix=WHOLE)
def test_removal_from_a_large_group_removes_exactly_one(scim: Session) -> None:
    """PATCH `remove` with a value filter must remove only that member of a large group, whatever its position."""
    crowd, _ = need_large_group(scim)

    def remove(ids: Sequence[str]) -> None:
        group, left = new_large_group(scim, ids), list(ids)
        for id_ in (ids[0], ids[len(ids) // 7], ids[-1]):
            expect.written(scim.patch(scim.path_of(group), _removal(id_)))
            left.remove(id_)
            has_members(scim.read(group), left, "GET after `remove`")

    by_size(scim, remove, crowd.users, crowd.users[:7])


@requirement("RFC7644-3.5.2.2-04", "RFC7644-3.5.2-20", level="lie", consequence=STAYS, fix=WHOLE)
def test_one_patch_carries_out_a_hundred_removals(scim: Session) -> None:
    """PATCH with 101 operations that each remove one member must remove exactly these; a rejection is a warning."""
    crowd, _ = need_large_group(scim)

    def remove(number: int) -> None:
        ids = crowd.users[: number + 300]
        group, gone = new_large_group(scim, ids), ids[-number:]
        answer = scim.patch(scim.path_of(group), *map(_removal, gone))
        done = accepted_or_rejected(scim, answer, f"a PATCH of {number} operations", CLIENTS)
        has_members(scim.read(group), ids[:-number] if done else ids, "GET after the operations")

    by_size(scim, remove, 101, 1)


@pytest.mark.parametrize("number", [101, 1_001])
@requirement(
    "RFC7644-3.5.2.1-11", level="lie", consequence="Users are missing in the group from the first day.", fix=WHOLE
)
def test_one_patch_adds_many_members(scim: Session, number: int) -> None:
    """PATCH `add` of 101 or 1,001 members in one operation must add all of them; a rejection is a warning."""
    crowd, _ = need_large_group(scim)

    def add(ids: Sequence[str]) -> None:
        group = scim.new_group()
        answer = scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": members_of(ids)})
        added = accepted_or_rejected(scim, answer, f"PATCH `add` of {len(ids):,} members in one request", CLIENTS)
        has_members(scim.read(group), ids if added else (), "GET after `add`")

    by_size(scim, add, crowd.users[:number], crowd.users[:2])


@requirement("RFC7644-3.5.2.3-03", level="lie", consequence=LOST, fix=WHOLE)
def test_replace_of_the_members_of_a_large_group(scim: Session) -> None:
    """PATCH `replace` of members with more than a thousand others must leave exactly these; a rejection is a warning."""
    crowd, _ = need_large_group(scim)

    def replace(ids: Sequence[str]) -> None:
        before, after = ids[:2], ids[1:]
        group = new_large_group(scim, before)
        answer = scim.patch(scim.path_of(group), {"op": "replace", "path": "members", "value": members_of(after)})
        done = accepted_or_rejected(scim, answer, f"PATCH `replace` with {len(after):,} members", CLIENTS)
        has_members(scim.read(group), after if done else before, "GET after `replace`")

    by_size(scim, replace, crowd.users, crowd.users[:3])


def _removal(id_: str) -> dict[str, str]:
    return {"op": "remove", "path": f'members[value eq "{id_}"]'}
