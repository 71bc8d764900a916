"""Reading a SCIM list page by page (RFC 7644 section 3.4.2.4), without sending anything itself."""

from __future__ import annotations

from typing import Any

Resource = dict[str, Any]


class PagesEnded(Exception):
    """The pages ended before `totalResults` was reached; the message says after how many resources."""


class TooManyResources(Exception):
    """More resources came than a caller wants to hold: a target may return pages without end."""


class IndexedPages:
    """The pages of one list, which may have different sizes: each tells where the next one starts.

    Ask for `start`, give the page to `add`, and go on until the list is `complete`.
    """

    def __init__(self, most: int) -> None:
        self.found: list[Resource] = []
        self.complete = False
        self._most = most

    @property
    def start(self) -> int:
        """The startIndex of the next page; the first resource is number 1."""
        return len(self.found) + 1

    def add(self, resources: list[Resource], total: int) -> None:
        """Add the page from `start`, with its totalResults; raises PagesEnded, TooManyResources."""
        self.found += resources
        self.complete = len(self.found) >= total
        if self.complete:
            return
        if not resources:
            raise PagesEnded(f"{len(self.found)} of {total} resources came, then an empty page")
        if len(self.found) > self._most:
            raise TooManyResources(f"more than {self._most:,} resources")
