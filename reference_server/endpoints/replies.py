"""SCIM responses: media type, Location, ETag, and errors (RFC 7644 sections 3.1, 3.12, and 3.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from reference_server.scim.errors import ScimError
from reference_server.storage.tables import RETRY_SECONDS

Send = Callable[[Any], Awaitable[None]]

# Every response: personal data must not be cached or interpreted as a page (ASVS 14.3.2).
ALWAYS = b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"
JSON = ALWAYS + b"content-type: application/scim+json\r\n"
WITHOUT_LENGTH = frozenset([204, 304])
CONTROL_CHARACTERS = bytes({*range(32), 127} - {9})


class Reply(NamedTuple):
    """Status, body, and the lines of all headers but Content-Length."""

    status: int
    body: bytes
    lines: bytes = JSON


def header_lines(headers: Sequence[tuple[str, str]]) -> bytes:
    """The lines of these headers. Raises ValueError for a control character, which could forge a line."""
    return _checked("".join([f"{name}: {value}\r\n" for name, value in headers]).encode(), len(headers))


def _checked(lines: bytes, number: int) -> bytes:
    """Only the line ends may be control characters."""
    if len(lines.translate(None, CONTROL_CHARACTERS)) != len(lines) - 2 * number:
        raise ValueError("a header contains a control character")
    return lines


NO_CONTENT = Reply(204, b"", ALWAYS)


def resource_reply(status: int, resource: bytes, version: str, location: str) -> Reply:
    """A resource with its ETag, and its Location if it was created or replaced."""
    lines = _checked(f"etag: {version}\r\nlocation: {location}\r\n".encode(), 2)
    return Reply(status, resource, JSON + lines)


def unchanged_reply(version: str) -> Reply:
    """304: the client has this version."""
    return Reply(304, b"", ALWAYS + header_lines([("etag", version)]))


def json_reply(document: Any, status: int = 200) -> Reply:
    """Any other SCIM message."""
    return Reply(status, orjson.dumps(document))


RETRY_SOON = ("retry-after", str(RETRY_SECONDS))


def error_reply(error: ScimError, *headers: tuple[str, str]) -> Reply:
    """A SCIM error response."""
    return Reply(error.status, orjson.dumps(error.body()), JSON + header_lines(headers))


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    """Send a response. A HEAD request gets the headers of the GET without its body."""
    status, body, lines = reply
    headers: list[tuple[bytes, bytes]] = []
    for line in lines.splitlines():
        name, _, value = line.partition(b": ")
        headers.append((name, value))
    if status not in WITHOUT_LENGTH:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
