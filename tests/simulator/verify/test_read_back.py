"""A target is read back page by page; a page that is missing, or is no list, is an error and never an empty list."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.verify.read_back import PAGE, ReadBackFailed, read_all


class Target:
    """A list of `total` resources in pages of at most the given sizes, one after the other; later ones are of the last."""

    def __init__(self, total: int, *sizes: int) -> None:
        self.total, self.sizes = total, list(sizes)
        self.asked: list[tuple[int, int]] = []

    async def page(self, endpoint: str, start: int, count: int) -> Any:
        self.asked.append((start, count))
        size = self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]
        numbers = range(start, min(start + min(size, count), self.total + 1))
        return {"totalResults": self.total, "Resources": [{"id": str(number)} for number in numbers]}

    def read(self) -> list[str]:
        return [resource["id"] for resource in asyncio.run(read_all(self.page, "/Users"))]


def numbered(total: int) -> list[str]:
    return [str(number) for number in range(1, total + 1)]


def test_one_page_is_one_request() -> None:
    target = Target(3, PAGE)
    assert target.read() == numbered(3)
    assert target.asked == [(1, PAGE)]


def test_further_pages_have_the_size_of_the_first() -> None:
    target = Target(7, 3)
    assert target.read() == numbered(7)
    assert target.asked == [(1, PAGE), (4, 3), (7, 3)]


def test_pages_of_different_sizes_are_read_one_after_the_other() -> None:
    target = Target(7, 3, 1, 1, 4, 2, 2)
    assert target.read() == numbered(7)
    assert target.asked[3:] == [(1, PAGE), (5, PAGE), (7, PAGE)]


def test_pages_that_end_too_early_are_an_error() -> None:
    target = Target(7, 3, 1, 1, 4, 0)
    with pytest.raises(ReadBackFailed, match=r"^/Users: 4 of 7 resources came, then an empty page$"):
        target.read()


@pytest.mark.parametrize("page", [None, [], {}, {"Resources": []}, {"totalResults": "1", "Resources": []}])
def test_an_answer_that_is_no_list_is_an_error(page: Any) -> None:
    async def fetch(endpoint: str, start: int, count: int) -> Any:
        return page

    with pytest.raises(ReadBackFailed, match=r"^/Groups: the page from 1 is no ListResponse$"):
        asyncio.run(read_all(fetch, "/Groups"))
