"""A target is read back completely whatever the size of its pages; a broken one costs a limited number of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from simulator.verify.read_back import AT_ONCE, MAX_PAGES, PAGE, ReadBackFailed, read_all, several


class Pages:
    """A target with resources `0` to `total - 1`; `size` gives the length of the page at a start index."""

    def __init__(self, total: int, size: Callable[[int], int]) -> None:
        self.total, self.size = total, size
        self.asked: list[tuple[int, int]] = []

    async def fetch(self, endpoint: str, start: int, count: int) -> Any:
        assert endpoint == "/Users"
        self.asked.append((start, count))
        last = min(start - 1 + min(count, self.size(start)), self.total)
        return {"totalResults": self.total, "Resources": [{"id": str(n)} for n in range(start - 1, last)]}

    def read(self) -> list[str]:
        return [resource["id"] for resource in asyncio.run(read_all(self.fetch, "/Users"))]


@pytest.mark.parametrize(
    ("total", "size", "requests"),
    [
        (0, lambda start: PAGE, 1),
        (PAGE, lambda start: PAGE, 1),
        (PAGE + 1, lambda start: PAGE, 2),
        (250, lambda start: PAGE, 3),
        (25, lambda start: 10, 3),  # a server may give fewer than were asked for (RFC 7644 3.4.2.4)
        (7, lambda start: 10 if start == 1 else 1, 1),
        (6, lambda start: 3 if start == 1 else 2, 5),  # pages of different sizes: two that do not fit, then one by one
    ],
)
def test_every_resource_is_read_once(total: int, size: Callable[[int], int], requests: int) -> None:
    pages = Pages(total, size)
    assert pages.read() == [str(number) for number in range(total)]
    assert len(pages.asked) == requests


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "the page at startIndex 1 is not a ListResponse"),
        ([], "the page at startIndex 1 is not a ListResponse"),
        ({"Resources": []}, "the page at startIndex 1 is not a ListResponse"),
        ({"totalResults": "2", "Resources": []}, "the page at startIndex 1 is not a ListResponse"),
        ({"totalResults": 1, "Resources": {"id": "1"}}, "the page at startIndex 1 is not a ListResponse"),
        ({"totalResults": 3, "Resources": []}, "the list ended with an empty page after 0 of 3 resources"),
        ({"totalResults": 2_000_000, "Resources": [{"id": "1"}]}, "after 1 of 2000000 resources"),
        ({"totalResults": MAX_PAGES + 2, "Resources": [{"id": "1"}]}, f"exceed the limit of {MAX_PAGES} pages"),
    ],
)
def test_a_broken_list_is_given_up_after_one_request(page: Any, words: str) -> None:
    asked = []

    async def fetch(endpoint: str, start: int, count: int) -> Any:
        asked.append(start)
        return page

    with pytest.raises(ReadBackFailed) as failed:
        asyncio.run(read_all(fetch, "/Users"))
    assert str(failed.value).startswith("/Users: ")
    assert words in str(failed.value)
    assert asked == [1]


def test_pages_that_end_too_early_are_an_error() -> None:
    with pytest.raises(ReadBackFailed, match="after 4 of 6 resources"):
        Pages(6, lambda start: {1: 2, 3: 2}.get(start, 0)).read()


def test_a_page_of_resources_may_be_left_out_when_there_are_none() -> None:
    async def fetch(endpoint: str, start: int, count: int) -> Any:
        return {"totalResults": 0}  # RFC 7644 3.4.2: "Resources" may be missing then

    assert asyncio.run(read_all(fetch, "/Users")) == []


def test_a_few_requests_are_under_way_at_once_and_answers_keep_their_order() -> None:
    running, most = 0, 0

    async def one(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3 if number % 2 else 1):  # some answers overtake others
            await asyncio.sleep(0)
        running -= 1
        return number

    assert asyncio.run(several([one(number) for number in range(20)])) == list(range(20))
    assert most == AT_ONCE
