"""RFC 7643 section 4.2: a group with more than a thousand members, in every response that shows it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.topics.crowds import by_size, has_members, need_large_group, new_large_group
from conformance.topics.samples import replaced

pytestmark = pytest.mark.crowd
HIDDEN = (
    "The provider assumes that members it does not see are missing. It adds them in every cycle, or never removes them."
)
FIX = "Do not page or limit the query that reads the members of a group."


@requirement("RFC7643-4.2-05", "RFC7644-3.4.1-01", level="lie", consequence=HIDDEN, fix=FIX)
def test_large_group_shows_all_of_its_members(scim: Session) -> None:
    """GET must return each member of a group of more than a thousand exactly once."""
    crowd, group = need_large_group(scim)

    def read(ids: Sequence[str]) -> None:
        has_members(scim.read(group if ids is crowd.users else new_large_group(scim, ids)), ids, "GET")

    by_size(scim, read, crowd.users, crowd.users[:3])


@requirement("RFC7644-3.4.2-12", "RFC7643-4.2-05", level="lie", consequence=HIDDEN, fix=FIX)
def test_list_shows_all_members_of_a_large_group(scim: Session) -> None:
    """A list must return the same members of a large group as GET, and must not fail because of its size."""
    crowd, group = need_large_group(scim)

    def search(ids: Sequence[str]) -> None:
        shown = group if ids is crowd.users else new_large_group(scim, ids)
        answer = scim.search(f'displayName eq "{shown["displayName"]}"', scim.groups)
        (listed,) = expect.listing(expect.evaluated(answer, "a filter on the displayName of groups")) or [{}]
        if "members" not in listed:
            raise NotOffered("members in lists of groups")
        has_members(listed, ids, "the list")

    by_size(scim, search, crowd.users, crowd.users[:3])


@requirement("RFC7644-3.5.2-25", "RFC7643-4.2-05", level="lie", consequence=HIDDEN, fix=FIX)
def test_answer_to_a_change_shows_all_members_of_a_large_group(scim: Session) -> None:
    """PATCH that renames a large group must keep all members, and its response must show all members or none."""
    crowd, _ = need_large_group(scim)

    def rename(ids: Sequence[str]) -> None:
        group = new_large_group(scim, ids)
        answer = scim.patch(scim.path_of(group), replaced(scim.name()))
        expect.written(answer)
        has_members(scim.read(group), ids, "GET after a rename")
        if answer.status == 200 and "members" in answer.json:
            has_members(answer.json, ids, "the response to PATCH")

    by_size(scim, rename, crowd.users, crowd.users[:3])


@requirement(
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="The provider does not find the memberships of a leaver and cannot remove them.",
    fix=FIX,
)
def test_filter_finds_each_member_of_a_large_group(scim: Session) -> None:
    """A filter on members.value must find a large group by its 101st and its last member."""
    crowd, group = need_large_group(scim)

    def find(places: Sequence[int]) -> None:
        for id_ in (crowd.users[place] for place in places):
            expression = f'displayName eq "{group["displayName"]}" and members.value eq "{id_}"'
            expect.chosen(scim, scim.search(expression, scim.groups), group, optional=True)

    by_size(scim, find, (100, -1), (0,))
