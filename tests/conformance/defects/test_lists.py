"""Lists: which requests ask for one, and that a changed list keeps its totals right."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.defects.lists import (
    asks,
    by_cursor,
    cursor_of,
    is_list,
    is_listing,
    is_search,
    kept,
    resources_of,
    with_filter,
    with_members,
    with_resources,
)
from conformance.defects.wire import Reply, Request

LIST = Reply.of(200, {"totalResults": 9, "itemsPerPage": 9, "Resources": [{"id": "1"}, {"id": "2"}]})
NO_LISTS = [Reply.of(200, {"id": "1"}), Reply.of(404, LIST.json), Reply.of(200, []), Reply(204), Reply(200, {}, b"<p>")]


@pytest.mark.parametrize(
    ("request_", "lists", "searches", "cursor"),
    [
        (Request("GET", "/Users", "count=1"), True, False, False),
        (Request("GET", "/Users", "cursor=abc"), True, False, True),
        (Request("GET", "/Users", "cursor="), True, False, True),
        (Request("GET", "/"), True, False, False),
        (Request("GET", "/Users/1"), False, False, False),
        (Request("POST", "/Users"), False, False, False),
        (Request("POST", "/Users/.search"), False, True, False),
        (Request("POST", "/.search", "cursor=abc"), False, True, False),
        (Request("GET", "/.search"), False, False, False),
    ],
)
def test_requests_for_lists_are_recognized(request_: Request, lists: bool, searches: bool, cursor: bool) -> None:
    assert (is_list(request_), is_search(request_), by_cursor(request_)) == (lists, searches, cursor)


def test_the_first_page_has_an_empty_cursor() -> None:
    assert cursor_of(Request("GET", "/Users", "cursor")) == cursor_of(Request("GET", "/Users")) == ""
    assert cursor_of(Request("GET", "/Users", "cursor=a%2Bb")) == "a+b"


def test_a_filter_is_read_and_replaced_in_its_decoded_form() -> None:
    request = Request("GET", "/Users", "filter=userName%20eq%20%22a%22&count=1")
    assert asks(request, 'eq "a"')
    assert with_filter(request, "active pr").filter == "active pr"
    assert with_filter(request, None).query == "count=1"
    assert not asks(Request("GET", "/Users/1", request.query), "eq")


def test_a_changed_list_has_matching_totals() -> None:
    expected = {"totalResults": 1, "itemsPerPage": 1, "Resources": [{"id": "2"}]}
    assert with_resources(LIST, [{"id": "2"}]).json == expected
    assert kept(LIST, lambda resource: resource["id"] == "2").json == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"totalResults": 0}, {"totalResults": 0, "itemsPerPage": 9}),
        ({"itemsPerPage": None}, {"totalResults": 9}),
        ({"nextCursor": "x"}, {"totalResults": 9, "itemsPerPage": 9, "nextCursor": "x"}),
    ],
)
def test_members_of_a_list_are_set_or_removed(members: dict[str, Any], expected: dict[str, Any]) -> None:
    assert with_members(LIST, **members).json == {**expected, "Resources": LIST.json["Resources"]}


def test_a_null_that_the_server_sends_stays() -> None:
    reply = LIST.with_json({**LIST.json, "nextCursor": None})
    assert with_members(reply, totalResults=0).json["nextCursor"] is None


@pytest.mark.parametrize("reply", NO_LISTS)
def test_a_reply_without_a_list_stays_as_it_is(reply: Reply) -> None:
    assert not is_listing(reply)
    assert resources_of(reply) == []
    assert with_resources(reply, [{"id": "1"}]) == with_members(reply, totalResults=0) == reply
