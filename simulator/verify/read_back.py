"""Reads a target back page by page (RFC 7644 section 3.4.2.4), with limits against hostile or broken targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

from simulator.wire.paging import IndexedPages, PagesEnded, TooManyResources

PAGE = 100
MAX_RESOURCES = 1_000_000
MAX_PAGES = 10_000
AT_ONCE = 4
T = TypeVar("T")

FetchPage = Callable[[str, int, int], Coroutine[Any, Any, Any]]


class ReadBackFailed(Exception):
    """The target cannot be read back. The message names the page and the reason."""


async def read_all(fetch: FetchPage, endpoint: str) -> list[dict[str, Any]]:
    """All resources of an endpoint. `fetch(endpoint, start_index, count)` returns the parsed response or None.

    The first page gives the total. The other pages are requested several at a time and must be consistent.
    """
    first, total = _page_of(await fetch(endpoint, 1, PAGE), endpoint, 1)
    size = len(first)
    if size >= total:
        return first
    if not size or total > MAX_RESOURCES:
        raise ReadBackFailed(f"{endpoint}: the list ended with an empty page after {size} of {total} resources")
    starts = range(size + 1, total + 1, size)
    if len(starts) > MAX_PAGES:
        raise ReadBackFailed(f"{endpoint}: {total} resources in pages of {size} exceed the limit of {MAX_PAGES} pages")
    pages = await several([fetch(endpoint, start, size) for start in starts])
    found = first
    for start, page in zip(starts, pages, strict=True):
        resources, _ = _page_of(page, endpoint, start)
        found += resources
    return found if len(found) >= total else await _one_by_one(fetch, endpoint)


async def still_listed(fetch: FetchPage, paths: Iterable[str]) -> list[str]:
    """The paths (`/Users/id`) of resources that the target lists. A list that cannot be read shows none of them."""
    wanted = set(paths)
    found: list[str] = []
    for endpoint in ("/Groups", "/Users"):
        if any(path.startswith(f"{endpoint}/") for path in wanted):
            with suppress(ReadBackFailed):
                listed = [f"{endpoint}/{quote(str(one.get('id')), safe='')}" for one in await read_all(fetch, endpoint)]
                found += [path for path in dict.fromkeys(listed) if path in wanted]
    return found


async def _one_by_one(fetch: FetchPage, endpoint: str) -> list[dict[str, Any]]:
    """Read a list whose pages have different sizes: each page determines where the next one starts."""
    pages = IndexedPages(MAX_RESOURCES)
    while not pages.complete:
        resources, total = _page_of(await fetch(endpoint, pages.start, PAGE), endpoint, pages.start)
        try:
            pages.add(resources, total)
        except (PagesEnded, TooManyResources) as error:
            raise ReadBackFailed(f"{endpoint}: {error}") from None
    return pages.found


async def several(asked: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Run the coroutines, a few at a time. Returns the results in order."""
    if len(asked) == 1:  # the usual number after a cycle, which needs no task
        return [await asked[0]]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(coroutine: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await coroutine

    return await asyncio.gather(*(one(coroutine) for coroutine in asked))


def _page_of(page: Any, endpoint: str, start: int) -> tuple[list[dict[str, Any]], int]:
    resources = page.get("Resources", []) if isinstance(page, dict) else None
    total = page.get("totalResults") if isinstance(page, dict) else None
    if not isinstance(resources, list) or not isinstance(total, int):
        raise ReadBackFailed(f"{endpoint}: the page at startIndex {start} is not a ListResponse")
    return [resource for resource in resources if isinstance(resource, dict)], total
