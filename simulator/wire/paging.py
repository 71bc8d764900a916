"""The logic for reading a SCIM list page by page (RFC 7644 section 3.4.2.4). It sends no requests itself."""

from __future__ import annotations

from typing import Any

Resource = dict[str, Any]


class PagesEnded(Exception):
    """The pages ended before `totalResults` resources were read. The message states how many were read."""


class TooManyResources(Exception):
    """The target returned more resources than the caller accepts. A faulty target can return pages without end."""


class IndexedPages:
    """The pages of one list. Pages can have different sizes, so each page determines where the next one starts.

    Request the page at `start`, pass it to `add`, and repeat until the list is `complete`.
    """

    def __init__(self, most: int) -> None:
        self.found: list[Resource] = []
        self.complete = False
        self._most = most

    @property
    def start(self) -> int:
        """The startIndex of the next page, counted from 1."""
        return len(self.found) + 1

    def add(self, resources: list[Resource], total: int) -> None:
        """Add the page at `start` with its totalResults. Raises PagesEnded or TooManyResources."""
        self.found += resources
        self.complete = len(self.found) >= total
        if self.complete:
            return
        if not resources:
            raise PagesEnded(f"the list ended with an empty page after {len(self.found)} of {total} resources")
        if len(self.found) > self._most:
            raise TooManyResources(f"more than {self._most:,} resources")
