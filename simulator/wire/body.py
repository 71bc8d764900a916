"""How much of an answer a client accepts: the limit of its body, before and after decompression, for every tool."""

from __future__ import annotations

import zlib

MAX_BODY_BYTES = 32 * 1024 * 1024
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # of zlib; 47 detects the header


class Unusable(Exception):
    """The answer is too large, too late, or compressed in a way that cannot be undone; the message says which."""


class Collected:
    """The chunks of one body as they arrive; raises Unusable as soon as they exceed the limit."""

    def __init__(self, declared: int | None = None) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._count(declared or 0)
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._count(len(chunk))
        self._chunks.append(chunk)

    def body(self, encoding: str | None) -> bytes:
        """The whole body, decompressed as its Content-Encoding says; raises Unusable."""
        packed = b"".join(self._chunks)
        return unpacked(packed, encoding)

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > MAX_BODY_BYTES:
            raise Unusable(f"the answer has more than {MAX_BODY_BYTES} bytes")


def unpacked(packed: bytes, encoding: str | None) -> bytes:
    """A body without its compression; raises Unusable, for a decompression bomb before it is inflated."""
    name = (encoding or "identity").strip().lower()
    if name in ("identity", "") or not packed:
        return packed
    if name not in _WINDOW_BITS:
        raise Unusable(f"the answer has the content encoding {name[:40]!r}, which was not requested")
    unpacker = zlib.decompressobj(_WINDOW_BITS[name])
    try:
        body = unpacker.decompress(packed, MAX_BODY_BYTES)
    except zlib.error:
        raise Unusable(f"the answer is not valid {name}") from None
    if unpacker.unconsumed_tail:
        raise Unusable(f"the answer has more than {MAX_BODY_BYTES} bytes after decompression")
    if not unpacker.eof:
        raise Unusable(f"the answer is not complete {name}")
    return body
