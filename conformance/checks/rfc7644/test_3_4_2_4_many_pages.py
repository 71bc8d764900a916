"""RFC 7644 section 3.4.2.4: lists of more than a thousand users, page by page."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import ids_in, need_index_pages
from conformance.topics.crowds import PAGE, each_once, need_crowd, need_many_groups, walk

pytestmark = pytest.mark.crowd
LOST = "An import misses people or counts them twice, and the provider treats those who are missing as deleted."
FIX = "Apply startIndex and count in the query, over a fixed order, and count all matches for totalResults."


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_thousand_users_gives_each_once(scim: Session) -> None:
    """Walking through more than a thousand users in pages of 100 must give each exactly once, with a steady total."""
    crowd = need_crowd(scim)
    order = {"sortBy": "userName"} if scim.target.offers("sort") else {}
    shown, totals = walk(scim, scim.users, crowd.filter, count=PAGE, **order)
    each_once(shown, crowd.users, totals)


@requirement("RFC7644-3.4.2-06", "RFC7644-3.4.2.4-09", level="lie", consequence=LOST, fix=FIX)
def test_pages_without_count_lead_through_a_thousand_users(scim: Session) -> None:
    """Without count, walking by what each page holds must reach all of more than a thousand users."""
    crowd = need_crowd(scim)
    order = {"sortBy": "userName"} if scim.target.offers("sort") else {}
    shown, totals = walk(scim, scim.users, crowd.filter, **order)
    each_once(shown, crowd.users, totals)


@requirement("RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_total_counts_a_thousand_matches(scim: Session) -> None:
    """totalResults must count all of more than a thousand matches of a filter, whatever count is."""
    crowd = need_crowd(scim)
    for count in (0, 1, PAGE + 1):
        answer = scim.search(crowd.filter, count=count)
        expect.listing(answer)
        expect.equal(answer["totalResults"], len(crowd.users), f"totalResults with count={count}")


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2.4-11", level="lie", consequence=LOST, fix=FIX)
def test_deep_page_holds_what_follows(scim: Session) -> None:
    """A page behind the first thousand must hold the users that follow, and its own startIndex."""
    crowd = need_crowd(scim)
    need_index_pages(scim)
    order = {"sortBy": "userName"} if scim.target.offers("sort") else {}
    last = scim.search(crowd.filter, startIndex=len(crowd.users), count=10, **order)
    expect.equal(len(expect.listing(last)), 1, "the number of users on a page that begins with the last one")
    expect.equal(last["startIndex"], len(crowd.users), "startIndex")
    deep = scim.search(crowd.filter, startIndex=1_001, count=PAGE, **order)
    shown = ids_in(expect.listing(deep))
    if scim.target.offers("sort"):
        expect.equal(
            sorted(shown), sorted(crowd.users[1_000 : 1_000 + len(shown)]), "the users behind the first thousand"
        )
    if not shown:
        raise Finding("the page behind the first thousand is empty", f"{len(crowd.users) - 1_000} users", "none")


@requirement("RFC7644-3.4.2.4-06", "RFC7644-3.4.2.4-12", level="lie", consequence=LOST, fix=FIX)
def test_page_of_one_more_than_the_maximum(scim: Session) -> None:
    """A count of filter.maxResults plus one must give a page with the right total, and the rest must follow behind it."""
    crowd = need_crowd(scim)
    most = (scim.target.config.get("filter") or {}).get("maxResults")
    if not isinstance(most, int) or isinstance(most, bool) or not 0 < most < len(crowd.users):
        raise NotOffered(f"filter.maxResults below {len(crowd.users):,}")
    order = {"sortBy": "userName"} if scim.target.offers("sort") else {}
    shown, totals = walk(scim, scim.users, crowd.filter, count=most + 1, **order)
    each_once(shown, crowd.users, totals)


@requirement("RFC7644-3.4.2.4-12", "RFC7644-3.4.2-06", level="lie", consequence=LOST, fix=FIX)
def test_walk_through_a_hundred_groups_gives_each_once(scim: Session) -> None:
    """Walking through more than a hundred groups in pages of 30 must give each exactly once."""
    crowd, group = need_many_groups(scim)
    order = {"sortBy": "displayName"} if scim.target.offers("sort") else {}
    shown, totals = walk(
        scim, scim.groups, f'displayName sw "{crowd.mark}"', count=30, attributes="displayName", **order
    )
    each_once(shown, [str(group["id"]), *crowd.groups], totals)
