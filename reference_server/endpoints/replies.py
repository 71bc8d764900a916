"""SCIM responses: media type, Location, ETag, and errors (RFC 7644 sections 3.1, 3.12, and 3.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from reference_server.scim.errors import ScimError
from reference_server.storage.tables import RETRY_SECONDS

Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/scim+json")
# Every response: personal data must not be cached or interpreted as a page (ASVS 14.3.2).
ALWAYS: Headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
WITHOUT_LENGTH = frozenset([204, 304])
CONTROL_CHARACTERS = bytes({*range(32), 127} - {9})


class Reply(NamedTuple):
    """Status, body (None if there is none), and the lines of additional headers; `send_reply` adds the rest."""

    status: int
    body: bytes | None = None
    lines: bytes = b""


def header_lines(headers: Sequence[tuple[str, str]]) -> bytes:
    """The lines of these headers. Raises ValueError for a control character, which could forge a line."""
    return _checked("".join([f"{name}: {value}\r\n" for name, value in headers]).encode(), len(headers))


def _checked(lines: bytes, number: int) -> bytes:
    """Only the line ends may be control characters."""
    if len(lines.translate(None, CONTROL_CHARACTERS)) != len(lines) - 2 * number:
        raise ValueError("a header contains a control character")
    return lines


NO_CONTENT = Reply(204)
ALWAYS_LINES = b"".join([b"%b: %b\r\n" % header for header in ALWAYS])
JSON_LINES = ALWAYS_LINES + b"%b: %b\r\n" % JSON


def resource_reply(status: int, resource: bytes, version: str, location: str) -> Reply:
    """A resource with its ETag, and its Location if it was created or replaced."""
    return Reply(status, resource, _checked(f"etag: {version}\r\nlocation: {location}\r\n".encode(), 2))


def json_reply(document: Any, status: int = 200) -> Reply:
    """Any other SCIM message."""
    return Reply(status, orjson.dumps(document))


RETRY_SOON = ("retry-after", str(RETRY_SECONDS))


def error_reply(error: ScimError, *headers: tuple[str, str]) -> Reply:
    """A SCIM error response."""
    return Reply(error.status, orjson.dumps(error.body()), header_lines(headers))


def encoded(reply: Reply) -> tuple[int, bytes, bytes]:
    """(status, lines of the head, body) for a server that writes a response as a whole (see `front_door.whole`)."""
    status, body, lines = reply
    if body is not None:
        return status, b"%b%bcontent-length: %d\r\n" % (JSON_LINES, lines, len(body)), body
    length = b"" if status in WITHOUT_LENGTH else b"content-length: 0\r\n"
    return status, ALWAYS_LINES + lines + length, b""


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    """Send a response. A HEAD request gets the headers of the GET without its body."""
    body = reply.body
    headers: Headers = [*ALWAYS]
    for line in reply.lines.splitlines():
        name, _, value = line.partition(b": ")
        headers.append((name, value))
    if body is not None:
        headers += (JSON, (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or body is None else body})
