"""Limits the size of response bodies for every tool, before and after decompression."""

from __future__ import annotations

import zlib

MAX_BODY_BYTES = 32 * 1024 * 1024
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # of zlib; 47 detects the header


class Unusable(Exception):
    """The response is too large, too late, or cannot be decompressed. The message states which."""


class TooLarge(Unusable):
    """The response exceeds a limit."""


def unpacked(packed: bytes, encoding: str | None) -> bytes:
    """The decompressed body. Raises Unusable; a decompression bomb is detected before it is inflated."""
    name = (encoding or "identity").strip().lower()
    if name in ("identity", "") or not packed:
        return packed
    if name not in _WINDOW_BITS:
        raise Unusable(f"the response has the content encoding {name[:40]!r}, which was not requested")
    unpacker = zlib.decompressobj(_WINDOW_BITS[name])
    try:
        body = unpacker.decompress(packed, MAX_BODY_BYTES)
    except zlib.error:
        raise Unusable(f"the response is not valid {name}") from None
    if unpacker.unconsumed_tail:
        raise TooLarge(f"the response has more than {MAX_BODY_BYTES} bytes after decompression")
    if not unpacker.eof:
        raise Unusable(f"the response is incomplete {name}")
    return body
