"""Responses that are not HTTP: what the server sent, and the section of RFC 9112 that forbids it."""

from __future__ import annotations

import re

from simulator.wire.body import Unusable

NOT_HTTP = "the response is not valid HTTP"
_NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:"
# What the parser says → what the server sent, with the lines to show: the names of headers, or Content-Length.
_WRONG = {
    "Duplicate Content-Length": (
        "several Content-Length headers (RFC 9112 section 6.3)",
        rb"(?im)^content-length:[^\r\n]*",
    ),
    "Invalid character in Content-Length": (
        "a Content-Length that is not a number (RFC 9112 section 6.3)",
        rb"(?im)^content-length:[^\r\n]*",
    ),
    "Invalid header token": (
        "a header whose name is not followed by a colon or has invalid characters (RFC 9112 section 5.1)",
        rb"(?m)(?<=\n)(?!" + _NAME + rb")[^:\r\n]+:?",
    ),
    "Invalid character in chunk size": ("a chunk without a valid size (RFC 9112 section 7.1)", b""),
    "Expected HTTP/, RTSP/ or ICE/": ("no status line (RFC 9112 section 4)", b""),
}


class NotHttp(Unusable):
    """The server responded with bytes that are not valid HTTP. The message states what it sent."""

    def __init__(self, said: str, chunk: bytes) -> None:
        super().__init__(f"{NOT_HTTP}: {_sent_instead(said, chunk)}")


def is_not_http(failure: str | None) -> bool:
    """Whether this is the message of a NotHttp."""
    return failure is not None and failure.startswith(NOT_HTTP)


def _sent_instead(said: str, chunk: bytes) -> str:
    """What the server sent instead of HTTP, with the lines in question. Values of headers are not shown."""
    what, lines = _WRONG.get(said, (said, b""))
    head = chunk.partition(b"\r\n\r\n")[0]
    shown = [repr(line[:60].decode("latin-1")) for line in (re.findall(lines, head) if lines else [])]
    return f"{what}: {', '.join(shown[:3])}" if shown else what
