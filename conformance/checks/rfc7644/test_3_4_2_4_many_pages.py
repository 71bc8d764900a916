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
from simulator.wording import counted

pytestmark = pytest.mark.crowd
LOST = "An import misses users or counts them twice, and the provider treats the missing ones as deleted."
FIX = "Apply startIndex and count in the query, in a fixed order, and count all matches for totalResults."


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_thousand_users_gives_each_once(scim: Session) -> None:
    """Reading more than a thousand users in pages of 100 must return each exactly once, with a constant totalResults."""
    _walk(scim, count=PAGE)


@requirement("RFC7644-3.4.2-06", "RFC7644-3.4.2.4-09", level="lie", consequence=LOST, fix=FIX)
def test_pages_without_count_lead_through_a_thousand_users(scim: Session) -> None:
    """Reading page by page without count must return all of more than a thousand users."""
    _walk(scim)


@requirement("RFC7644-3.4.2.4-06", "RFC7644-3.4.2.4-12", level="lie", consequence=LOST, fix=FIX)
def test_page_of_one_more_than_the_maximum(scim: Session) -> None:
    """A count of filter.maxResults plus one must return a page with the right total, and the following pages the rest."""
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
    """A page after the first thousand users must start with the user at startIndex and return this startIndex."""
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
            raise Finding(
                "the page is empty", f"{counted(len(users) - start + 1, 'user')} from position {start:,}", "none"
            )
        if scim.target.offers("sort"):
            expect.equal(shown, [*users[start - 1 :]][: len(shown)], f"the users from position {start:,}")

    by_size(scim, turn_to, False, True)


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_hundred_groups_gives_each_once(scim: Session) -> None:
    """Reading more than a hundred groups in pages of 30 must return each exactly once."""
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
    """All pages together must contain each user once. If that fails, the same is tried with ten users in pages of three."""
    crowd = need_crowd(scim)

    def turn(few: bool) -> None:
        users, expression = crowd.first(10) if few else (crowd.users, crowd.filter)
        chosen = {name: min(number, 3) for name, number in count.items()} if few else count
        shown, totals = walk(scim, scim.users, expression, len(users), **chosen, **_order(scim))
        each_once(shown, users, totals)

    by_size(scim, turn, False, True)


def _order(scim: Session) -> dict[str, str]:
    """A sortBy parameter if the server supports sorting; otherwise the server decides the order."""
    return {"sortBy": "userName"} if scim.target.offers("sort") else {}
