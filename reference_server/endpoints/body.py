"""Reads a request body and checks its size, encoding, media type, JSON syntax, and depth."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from reference_server.endpoints.call import Call
from reference_server.scim.errors import InvalidSyntax, PayloadTooLarge, UnsupportedMediaType
from reference_server.scim.limits import COMBINING_MARKS, JSON_STRUCTURES, STRING_CHARACTERS
from reference_server.scim.text import check_text
from reference_server.settings import Limits
from reference_server.storage.tables import Tables
from reference_server.turns import count

MEDIA_TYPES = frozenset(
    {"application/scim+json", "application/json", "text/json"}
)  # Okta's SCIM spec test sends application/json


LARGE_BYTES = 65_536
NESTED = frozenset([dict, list])
BACKSLASH = ord("\\")
# A body with a string that is too expensive to compare is long or contains this: combining marks take at least two bytes.
LONG_RUN_BYTES = 2 * COMBINING_MARKS.most
LONG_RUN = re.compile(rb"[\x80-\xff]{%d}" % LONG_RUN_BYTES)
# Such a run includes three in a row of the bytes that are this far apart. Few bodies contain that.
APART = LONG_RUN_BYTES // 3
RUN_OF_SAMPLES = re.compile(rb"[\x80-\xff]{3}")


class ClientWentAway(Exception):
    """The client closed the connection before the body was complete, so no response can be sent."""


async def read_json(call: Call, limits: Limits, tables: Tables, unique_keys: bool) -> Any:
    """The parsed body. Raises PayloadTooLarge (413), UnsupportedMediaType (415), or InvalidSyntax (400).

    A large body is checked in a unit of work of `tables`, which can pause.
    `unique_keys` rejects objects with repeated keys, which parsers interpret differently: orjson uses the last one.
    """
    _check_headers(call)
    raw = await _read(call, limits.max_body_bytes)
    document = _parsed(raw, limits)
    if len(raw) > LARGE_BYTES:
        await tables.read(lambda: _check(raw, document, unique_keys), pauses=True)
    else:
        _check(raw, document, unique_keys)
    return document


def small_json(call: Call, limits: Limits, unique_keys: bool) -> Any:
    """What `read_json` returns for a small body that came with its request, or None for any other body."""
    raw = call.raw_body
    if raw is None or len(raw) > LARGE_BYTES:
        return None
    _check_headers(call)
    document = _parsed(raw, limits)
    _check(raw, document, unique_keys)
    return document


def _parsed(raw: bytes, limits: Limits) -> Any:
    if not raw:
        raise InvalidSyntax("the request has no body; expected a JSON object")
    try:
        document: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidSyntax(f"the body is not valid JSON: {error}") from None
    # `bytes.count` looks at each byte, which takes four times as long as to search for the next bracket.
    structures = len(raw) - len(raw.replace(b"{", b"").replace(b"[", b""))
    if structures > JSON_STRUCTURES.most:
        raise PayloadTooLarge(f"the body has {structures} objects and lists; the maximum is {JSON_STRUCTURES.most}")
    # Counting brackets is fast and enough for ordinary bodies. Only a body with many brackets is walked.
    if structures > limits.max_depth and _deeper_than(document, limits.max_depth):
        raise InvalidSyntax(f"the body is nested more than {limits.max_depth} levels deep")
    return document


def _check(raw: bytes, document: Any, unique_keys: bool) -> None:
    if _can_be_expensive(raw):
        _check_texts(document)
    if unique_keys:
        json.loads(raw, object_pairs_hook=_unique)


def _can_be_expensive(raw: bytes) -> bool:
    """Whether a string of the body could be too expensive to compare. For most bodies, this is found out without a search."""
    escaped = raw.count(b"\\u") if BACKSLASH in raw else 0
    if escaped and (escaped > COMBINING_MARKS.most or not raw.isascii()):
        return True
    if not escaped and raw.isascii():
        return False
    return len(raw) > STRING_CHARACTERS.most or (
        RUN_OF_SAMPLES.search(raw[::APART]) is not None and LONG_RUN.search(raw) is not None
    )


def _check_texts(document: Any) -> None:
    """Reject a string that is too expensive to compare."""
    waiting = [("the body", document)]
    while waiting:
        count()
        where, value = waiting.pop()
        if isinstance(value, str):
            check_text(value, where)
        elif isinstance(value, list):
            waiting += [(where, item) for item in value]
        elif isinstance(value, dict):
            waiting += [(name[:100], item) for name, item in value.items()]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    count(len(pairs))
    held = dict(pairs)
    if len(held) != len(pairs):
        raise InvalidSyntax("an object in the body contains a key more than once")
    return held


def _check_headers(call: Call) -> None:
    headers = call.headers
    if headers.get(b"content-type") == b"application/scim+json" and b"content-encoding" not in headers:
        return
    encoding = call.header(b"content-encoding")
    if encoding and encoding.lower() != "identity":
        raise UnsupportedMediaType(f"Content-Encoding {encoding} is not supported; send the body without compression")
    content_type = call.header(b"content-type")
    if content_type is not None:
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise UnsupportedMediaType(
                f"Content-Type: expected application/scim+json, got {media_type or 'no media type'}"
            )


async def _read(call: Call, max_bytes: int) -> bytes:
    if call.raw_body is not None:
        return call.raw_body  # the front door has compared its size with the same limit
    declared = call.headers.get(b"content-length")
    if declared and declared.isdigit() and int(declared) > max_bytes:
        raise PayloadTooLarge(f"the body has {int(declared)} bytes; the maximum is {max_bytes}")
    message = await call.receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request":
        if len(body) > max_bytes:
            raise PayloadTooLarge(f"the body is larger than {max_bytes} bytes")
        return body
    chunks, size = [body], len(body)
    while message.get("more_body"):
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise ClientWentAway
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise PayloadTooLarge(f"the body is larger than {max_bytes} bytes")
        chunks.append(chunk)
    if message["type"] == "http.disconnect":
        raise ClientWentAway
    return b"".join(chunks)


def _deeper_than(value: Any, levels: int) -> bool:
    """Walk level by level instead of recursively, because the depth is under the client's control."""
    layer = [value] if type(value) in NESTED else []
    for _ in range(levels):
        each = [held.values() if type(held) is dict else held for held in layer]
        layer = [item for items in each for item in items if type(item) in NESTED]
        if not layer:
            return False
    return True
