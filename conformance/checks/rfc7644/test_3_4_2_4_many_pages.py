"""RFC 7644 section 3.4.2.4: lists of more than a thousand users, page by page."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.crowd import USERS
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import ids_in, need_index_pages
from conformance.topics.crowds import PAGE, by_size, each_once, need_crowd, need_many_groups, walk

pytestmark = pytest.mark.crowd
LOST = "An import misses people or counts them twice, and the provider treats those who are missing as deleted."
FIX = "Apply startIndex and count in the query, over a fixed order, and count all matches for totalResults."


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_thousand_users_gives_each_once(scim: Session) -> None:
    """Walking through more than a thousand users in pages of 100 must give each exactly once, with a steady total."""
    _walk(scim, count=PAGE)


@requirement("RFC7644-3.4.2-06", "RFC7644-3.4.2.4-09", level="lie", consequence=LOST, fix=FIX)
def test_pages_without_count_lead_through_a_thousand_users(scim: Session) -> None:
    """Without count, walking by what each page holds must reach all of more than a thousand users."""
    _walk(scim)


@requirement("RFC7644-3.4.2.4-06", "RFC7644-3.4.2.4-12", level="lie", consequence=LOST, fix=FIX)
def test_page_of_one_more_than_the_maximum(scim: Session) -> None:
    """A count of filter.maxResults plus one must give a page with the right total, and the rest must follow behind it."""
    most = (scim.target.config.get("filter") or {}).get("maxResults")
    if not isinstance(most, int) or isinstance(most, bool) or not 0 < most < USERS:
        raise NotOffered(f"filter.maxResults below {USERS:,}")
    _walk(scim, count=most + 1)


@requirement("RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_total_counts_a_thousand_matches(scim: Session) -> None:
    """totalResults must count all of more than a thousand matches of a filter, whatever count is."""
    crowd = need_crowd(scim)

    def count_them(few: bool) -> None:
        users, expression = crowd.first(10) if few else (crowd.users, crowd.filter)
        for count in (0, 1, PAGE + 1):
            answer = scim.search(expression, count=count)
            expect.listing(answer)
            expect.equal(answer["totalResults"], len(users), f"totalResults with count={count}")

    by_size(scim, count_them, False, True)


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2.4-11", level="lie", consequence=LOST, fix=FIX)
def test_deep_page_holds_what_follows(scim: Session) -> None:
    """A page behind the first thousand must hold the users that follow, and its own startIndex."""
    crowd = need_crowd(scim)
    need_index_pages(scim)

    def turn_to(few: bool) -> None:
        users, expression = crowd.first(10) if few else (crowd.users, crowd.filter)
        start = 8 if few else 1_001
        last = scim.search(expression, startIndex=len(users), count=10, **_order(scim))
        expect.equal(len(expect.listing(last)), 1, "the number of users on a page that begins with the last one")
        expect.equal(last["startIndex"], len(users), "startIndex")
        shown = ids_in(expect.listing(scim.search(expression, startIndex=start, count=PAGE, **_order(scim))))
        if not shown:
            raise Finding("the page is empty", f"{len(users) - start + 1} users from place {start:,}", "none")
        if scim.target.offers("sort"):
            expect.equal(shown, [*users[start - 1 :]][: len(shown)], f"the users from place {start:,}")

    by_size(scim, turn_to, False, True)


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_hundred_groups_gives_each_once(scim: Session) -> None:
    """Walking through more than a hundred groups in pages of 30 must give each exactly once."""
    crowd, _ = need_many_groups(scim)

    def turn(few: bool) -> None:
        groups = crowd.groups[:10] if few else crowd.groups
        expression = f'displayName sw "{crowd.mark}.{"00" if few else ""}"'
        order = {"sortBy": "displayName"} if scim.target.offers("sort") else {}
        shown, totals = walk(
            scim, scim.groups, expression, len(groups), count=3 if few else 30, attributes="displayName", **order
        )
        each_once(shown, groups, totals)

    by_size(scim, turn, False, True)


def _walk(scim: Session, **count: int) -> None:
    """All pages of the crowd must give each user once; of ten users, in pages of three, where that fails."""
    crowd = need_crowd(scim)

    def turn(few: bool) -> None:
        users, expression = crowd.first(10) if few else (crowd.users, crowd.filter)
        chosen = {name: min(number, 3) for name, number in count.items()} if few else count
        shown, totals = walk(scim, scim.users, expression, len(users), **chosen, **_order(scim))
        each_once(shown, users, totals)

    by_size(scim, turn, False, True)


def _order(scim: Session) -> dict[str, str]:
    """Sorting, where it is offered: without it the order of a list is the server's own."""
    return {"sortBy": "userName"} if scim.target.offers("sort") else {}
