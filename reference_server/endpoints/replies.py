"""SCIM responses: media type, Location, ETag, and errors (RFC 7644 sections 3.1, 3.12, and 3.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson

from reference_server.scim.errors import ScimError
from reference_server.storage.tables import RETRY_SECONDS

Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/scim+json")
# Every response: personal data must not be cached or interpreted as a page (ASVS 14.3.2).
ALWAYS: Headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Reply(NamedTuple):
    """Status, body (None if there is none), and additional headers; `send_reply` adds the rest."""

    status: int
    body: bytes | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


NO_CONTENT = Reply(204)


def resource_reply(status: int, resource: bytes, version: str, location: str) -> Reply:
    """A resource with its ETag, and its Location if it was created or replaced."""
    headers = ((b"etag", version.encode()), (b"location", location.encode()))
    return Reply(status, resource, headers)


def json_reply(document: Any, status: int = 200) -> Reply:
    """Any other SCIM message."""
    return Reply(status, orjson.dumps(document))


RETRY_SOON = ((b"retry-after", b"%d" % RETRY_SECONDS),)


def error_reply(error: ScimError, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """A SCIM error response."""
    return Reply(error.status, orjson.dumps(error.body()), headers)


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    """Send a response. A HEAD request gets the headers of the GET without its body."""
    body = reply.body
    headers = [*ALWAYS, *reply.headers]
    if body is not None:
        headers += (JSON, (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or body is None else body})
