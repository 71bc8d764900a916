"""A whole list is read page by page, by index or by cursor, and a walk that does not end is a finding."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Plan, Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Client
from conformance.target.discovery import Target
from conformance.topics.whole_lists import MOST_PAGES, PAGE, all_ids
from tests.fake_target import LIST, Answer, FakeTarget, Received, Rule, fake_target

IDS = [str(number) for number in range(PAGE + 5)]


def by_index(request: Received) -> Answer:
    start = int(request.path.partition("startIndex=")[2].partition("&")[0]) - 1
    return 200, {"schemas": [LIST], "totalResults": len(IDS), "Resources": [{"id": i} for i in IDS[start:][:PAGE]]}


def by_cursor(request: Received) -> Answer:
    start = int(request.path.partition("cursor=")[2].partition("&")[0] or 0)
    more = {"nextCursor": str(start + PAGE)} if start + PAGE < len(IDS) else {}
    return 200, {"schemas": [LIST], "Resources": [{"id": i} for i in IDS[start:][:PAGE]], **more}


def walk(target: FakeTarget, **pagination: bool) -> list[str]:
    config = {"pagination": pagination} if pagination else {}
    scim = Session(Client(target.url, "token-of-a-test"), Target(config=config), Plan("run1"))
    return all_ids(scim, "/Users")


@pytest.mark.parametrize(("rule", "pagination"), [(by_index, {}), (by_cursor, {"index": False, "cursor": True})])
def test_every_page_is_read(rule: Rule, pagination: dict[str, bool]) -> None:
    with fake_target(rule) as target:
        assert walk(target, **pagination) == IDS
        assert len(target.received) == 2


def test_pages_that_do_not_end_are_a_finding() -> None:
    endless = {"schemas": [LIST], "totalResults": 5, "Resources": [], "nextCursor": "again"}
    with fake_target(lambda request: (200, endless)) as target, pytest.raises(Finding, match="do not end"):
        walk(target)


def test_a_list_that_is_too_long_is_not_walked() -> None:
    long = {"schemas": [LIST], "totalResults": PAGE * MOST_PAGES + 1, "Resources": [{"id": "1"}]}
    with fake_target(lambda request: (200, long)) as target, pytest.raises(NotOffered):
        walk(target)
