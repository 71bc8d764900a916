"""Reads a target back page by page: by cursor (RFC 9865) if the target supports it, else by index (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

import orjson

from simulator.wire.body import Unusable
from simulator.wire.connections import Connections
from simulator.wire.paging import IndexedPages, PagesEnded, TooManyResources
from simulator.wire.urls import joined

PAGE = 500
MOST_RESOURCES = 2_000_000  # limit for a faulty target that returns pages without end
TOLD_EVERY_SECONDS = 2.0
Tell = Callable[[str], None]
Resources = list[dict[str, Any]]


class Readable(Protocol):
    """The properties of a target that are needed to read it."""

    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...


class Unreadable(Exception):
    """The target cannot be read. The message is the reason; `status` is that of the response (None: no response)."""

    def __init__(self, line: str, status: int | None = None) -> None:
        super().__init__(line)
        self.status = status


def read_target(target: Readable, endpoint: str, tell: Tell) -> Resources:
    """All resources of an endpoint. Raises Unreadable."""
    pages = _Pages(target, endpoint, tell)
    first = pages.first_by_cursor()
    return pages.by_index() if first is None else pages.by_cursor(first)


def read_resource_types(target: Readable) -> list[str]:
    """The endpoints that /ResourceTypes lists (RFC 7644 section 4), in lower case; empty if it cannot be read."""
    try:
        page = _Pages(target, "/ResourceTypes", lambda line: None).document()
    except Unreadable:
        return []
    listed = page.get("Resources") if isinstance(page, dict) else page
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [str(one.get("endpoint")).rstrip("/").casefold() for one in found]


class _Pages:
    """Reads one endpoint once."""

    def __init__(self, target: Readable, endpoint: str, tell: Tell) -> None:
        self._connections = Connections(60.0)
        self._headers = {"Authorization": f"Bearer {target.token}", "Accept": "application/scim+json"}
        self._url, self._endpoint, self._tell = target.url, endpoint, tell
        self._told = time.monotonic()

    def document(self) -> Any:
        """The response of the endpoint itself."""
        return self._get(self._endpoint)

    def first_by_cursor(self) -> dict[str, Any] | None:
        """The first page by cursor, if the ServiceProviderConfig lists cursors (RFC 9865 section 4) and they work."""
        try:
            config = self._get("/ServiceProviderConfig")
            told = config.get("pagination") if isinstance(config, dict) else None
            promised = isinstance(told, dict) and told.get("cursor") is True
            page = self._page(f"cursor=&count={PAGE}") if promised else {}
        except Unreadable:
            return None
        return page if "totalResults" in page or "Resources" in page else None

    def by_cursor(self, page: dict[str, Any]) -> Resources:
        """Read on by cursor. If the target gives totalResults, the number of resources must match it."""
        found: Resources = []
        seen: set[str] = set()
        while True:
            found += page.get("Resources") or []
            total, cursor = page.get("totalResults"), page.get("nextCursor") or ""
            if len(found) > MOST_RESOURCES:
                raise self._unreadable(f"more than {MOST_RESOURCES:,} resources")
            self._tell_progress(len(found), total)
            if not cursor:
                if isinstance(total, int) and len(found) < total:
                    raise self._unreadable(f"the cursors ended after {len(found)} of {total} resources")
                return found
            if not isinstance(cursor, str) or cursor in seen:
                raise self._unreadable("a cursor was returned a second time")
            seen.add(cursor)
            page = self._page(f"cursor={quote(cursor, safe='')}&count={PAGE}")

    def by_index(self) -> Resources:
        pages = IndexedPages(MOST_RESOURCES)
        while not pages.complete:
            page = self._page(f"startIndex={pages.start}&count={PAGE}")
            resources, total = page.get("Resources") or [], page.get("totalResults")
            if not isinstance(total, int):
                raise self._unreadable("the response is not a ListResponse")
            try:
                pages.add(resources, total)
            except (PagesEnded, TooManyResources) as error:
                raise self._unreadable(str(error)) from None
            self._tell_progress(len(pages.found), total)
        return pages.found

    def _tell_progress(self, found: int, total: Any) -> None:
        """Report the progress from time to time, so that a long read does not look like a hang."""
        if time.monotonic() - self._told > TOLD_EVERY_SECONDS:
            self._told = time.monotonic()
            self._tell(f"  reading {self._endpoint}: {found} of {total}")

    def _page(self, query: str) -> dict[str, Any]:
        page = self._get(f"{self._endpoint}?{query}")
        resources = page.get("Resources") or [] if isinstance(page, dict) else None
        if not isinstance(resources, list) or not all(isinstance(item, dict) for item in resources):
            raise self._unreadable("the response is not a ListResponse")
        return dict(page)

    def _get(self, path: str) -> Any:
        told, url = f"GET {self._endpoint}", joined(self._url, path)
        try:
            response = self._connections.request("GET", url, self._headers)
        except Unusable as error:
            raise Unreadable(f"{told}: {error}") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"{told}: {_reason(error)}") from None
        if response.status != 200:
            raise Unreadable(f"{told}: returned {response.status}, expected 200", response.status)
        try:
            return orjson.loads(response.body)
        except orjson.JSONDecodeError:
            raise self._unreadable("the response is not JSON") from None

    def _unreadable(self, why: str) -> Unreadable:
        return Unreadable(f"GET {self._endpoint}: {why}", 200)


def _reason(error: OSError | ValueError) -> str:
    """Why there was no response, in words."""
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ssl.SSLError):
        return "the certificate cannot be verified (set SSL_CERT_FILE to use your own CA)"
    return "the connection closed before the response was complete"
