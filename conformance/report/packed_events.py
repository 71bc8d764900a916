"""The events inside an HTML report, compressed, because those of two thousand checks would take up half of the page."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import orjson

from simulator.guard.json_text import BadJson, read_json

LARGEST = 64 * 1024 * 1024  # bytes after decompression; the largest page that is written contains about 5 MB of events


def packed(events: list[Any]) -> str:
    """JSON, compressed with zlib (RFC 1950) and encoded in base64 (RFC 4648). The same events always give the same string."""
    return base64.b64encode(zlib.compress(orjson.dumps(events), 9)).decode("ascii")


def unpacked(text: str) -> Any:
    """The events of `packed`. Raises BadJson for anything else, including a decompression bomb."""
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(base64.b64decode(text, validate=True), LARGEST)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadJson(f"not compressed events: {error}") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise BadJson(f"the compressed events are cut off or larger than {LARGEST:,} bytes")
    return read_json(raw)
