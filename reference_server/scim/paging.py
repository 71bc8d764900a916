"""Paging by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865), and the ListResponse."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from reference_server.scim.errors import ExpiredCursor, InvalidCount, InvalidCursor, InvalidValue

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
LARGEST = 2**53  # the largest integer that JSON numbers represent exactly
CURSOR_SECONDS = 3_600  # how long a cursor is valid
_SIGNATURE_BYTES = 16


def parse_page(start_index: str | None, count: str | None, default: int, largest: int) -> tuple[int, int]:
    """(startIndex ≥ 1, 0 ≤ count ≤ largest) from the parameters; raises InvalidValue if one is not an integer."""
    start = 1 if start_index is None else max(1, _integer("startIndex", start_index))
    return start, default if count is None else min(largest, max(0, _integer("count", count)))


def parse_cursor_count(count: str | None, default: int, largest: int) -> int:
    """The page size of a cursor query; a negative one counts as 0 (RFC 9865 section 2). Raises InvalidCount."""
    try:
        return parse_page(None, count, default, largest)[1]
    except InvalidValue as error:
        raise InvalidCount(str(error)) from None


@dataclass(frozen=True, slots=True)
class Position:
    """The start of a page: after the resource at this position in the order of creation, or at this index of a sorted list."""

    after: int
    index: int


def encode_cursor(position: Position, query: str, key: bytes, now: float) -> str:
    """An opaque cursor of unreserved characters, valid for this query and key from `now` (seconds since the epoch)."""
    payload = f"{int(now)} {position.after} {position.index}".encode()
    return base64.urlsafe_b64encode(_sign(payload, query, key) + payload).rstrip(b"=").decode()


def decode_cursor(text: str, query: str, key: bytes, now: float) -> Position:
    """The position of a cursor. Raises InvalidCursor unless it is valid for this query and key, or ExpiredCursor.

    The error does not reveal whether a cursor was forged, damaged, or belongs to another query (RFC 9865 section 5.2).
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(payload, query, key)):
        raise InvalidCursor("the cursor is not valid for this query; start again with an empty cursor")
    issued, after, index = map(int, payload.split())
    if now > issued + CURSOR_SECONDS:
        raise ExpiredCursor(f"the cursor is older than {CURSOR_SECONDS} seconds; start again with an empty cursor")
    return Position(after, index)


def list_response(
    resources: list[bytes], number: int, total: int, start: int | None, next_cursor: str | None = None
) -> bytes:
    """A ListResponse with a number of resources that are already encoded as JSON; `start` is None for a page by cursor.

    An item of `resources` is the JSON of one resource, or that of several, separated by commas.
    """
    place = b"" if start is None else b',"startIndex":%d' % start
    if next_cursor is not None:
        place += b',"nextCursor":"%b"' % next_cursor.encode()
    head = b'{"schemas":["%b"],"totalResults":%d%b,"itemsPerPage":%d,"Resources":[' % (
        LIST_URN.encode(),
        total,
        place,
        number,
    )
    if len(resources) < 2:
        return b"%b%b]}" % (head, b"".join(resources))
    separated = [part for json in resources for part in (b",", json)][1:]
    return b"".join([head, *separated, b"]}"])  # a page has 100 KB and is copied only once


def _sign(payload: bytes, query: str, key: bytes) -> bytes:
    return hmac.digest(key, payload + b"\n" + query.encode(), hashlib.sha256)[:_SIGNATURE_BYTES]


def _integer(name: str, text: str) -> int:
    digits = text.strip().removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise InvalidValue(f'{name}: expected an integer, got "{text[:60]}"')
    value = int(digits[:17])
    return -value if text.strip().startswith("-") else min(value, LARGEST)
