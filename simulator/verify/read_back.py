"""Reads a target back, page by page, with limits on what a hostile or broken one may answer (RFC 7644 3.4.2.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

PAGE = 100
MAX_RESOURCES = 1_000_000

FetchPage = Callable[[str, int, int], Awaitable[Any]]


class ReadBackFailed(Exception):
    """The target cannot be read back; the message says which page and why."""


async def read_all(fetch: FetchPage, endpoint: str) -> list[dict[str, Any]]:
    """All resources of an endpoint. `fetch(endpoint, start_index, count)` returns the parsed answer or None."""
    found: list[dict[str, Any]] = []
    while True:
        start = len(found) + 1
        page = await fetch(endpoint, start, PAGE)
        resources = page.get("Resources", []) if isinstance(page, dict) else None
        total = page.get("totalResults") if isinstance(page, dict) else None
        if not isinstance(resources, list) or not isinstance(total, int):
            raise ReadBackFailed(f"{endpoint}: the page from {start} is no ListResponse")
        found += [resource for resource in resources if isinstance(resource, dict)]
        if len(found) >= total:
            return found
        if not resources or len(found) > MAX_RESOURCES:
            raise ReadBackFailed(f"{endpoint}: {len(found)} of {total} resources came, then an empty page")
