"""Reads HTTP/1.1 responses from bytes, without input or output of its own. Both HTTP clients accept what this accepts."""

from __future__ import annotations

from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from simulator.wire.body import MAX_BODY_BYTES, TooLarge
from simulator.wire.not_http import NotHttp

MAX_HEAD_BYTES = 64 * 1024  # of headers and trailers; the default of .NET's HttpClient
MAX_FRAMING = 8  # bytes for each byte of a body that is sent in chunks of one byte
# What servers send although RFC 9112 forbids it, and what other clients accept.
_LENIENT = {
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_transfer_encoding": True,
    "lenient_version": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
}


class ResponseReader:
    """Reads the responses of one connection, one after another.

    Call `expect` before each request, `feed` with the bytes that arrive until the response `is_complete`, `end` if the
    connection ends before that, and `release` when the connection is closed.
    """

    __slots__ = (
        "_chunks",
        "_has_body",
        "_has_head",
        "_head_size",
        "_parser",
        "_received",
        "_size",
        "fields",
        "is_complete",
        "keeps_alive",
        "status",
    )

    def __init__(self) -> None:
        self._parser: Any = None
        self._has_body = True
        self.expect("GET")

    def expect(self, method: str) -> None:
        """Forget the previous response, and expect that to a request with this method."""
        self.status = 0
        self.fields: list[tuple[bytes, bytes]] = []  # the headers; those of interim responses and trailers are dropped
        self.is_complete = False
        self.keeps_alive = False  # whether the connection can be used again, once the response is complete
        self._has_head = False
        if not self._has_body:
            self._parser = None  # it still waits for the body that the headers announced
        self._has_body = method != "HEAD"
        self._chunks: list[bytes] = []
        self._head_size = self._size = self._received = 0  # bytes of the headers, of the body, and of everything
        if self._parser is None:
            self._parser = HttpResponseParser(self)
            self._parser.set_dangerous_leniencies(**_LENIENT)

    @property
    def body(self) -> bytes:
        """The body as it was sent."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def feed(self, data: bytes) -> None:
        """Read some bytes. Raises NotHttp for bytes that are not HTTP, or TooLarge."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.is_complete, self.keeps_alive = True, False
        except HttpParserError as error:
            if not self.is_complete:
                raise NotHttp(str(error), data) from None
            self.keeps_alive = False
        self._received += len(data)
        if self._head_size > MAX_HEAD_BYTES or not self.is_complete:
            self._check_size()

    def _check_size(self) -> None:
        lengths = [int(value) for name, value in self.fields if name.lower() == b"content-length" and value.isdigit()]
        if self._has_head and max([self._size, *lengths]) > MAX_BODY_BYTES:
            raise TooLarge(f"the response has more than {MAX_BODY_BYTES} bytes")
        if self._head_size > MAX_HEAD_BYTES or self._received > MAX_HEAD_BYTES + MAX_FRAMING * self._size:
            raise TooLarge(f"the headers of the response have more than {MAX_HEAD_BYTES} bytes")

    def end(self, reason: Exception | None = None) -> None:
        """The connection has ended. Raises ConnectionResetError, unless its end is that of the body (RFC 9112 section 6.3)."""
        codings = [value for name, value in self.fields if name.lower() == b"transfer-encoding"]
        lengths = any(name.lower() == b"content-length" for name, _ in self.fields)
        has_length = b"chunked" in b",".join(codings).lower() if codings else lengths
        if reason is not None or not self._has_head or has_length:
            told = f" ({reason})" if reason else ""
            raise ConnectionResetError(f"the connection closed before the response was complete{told}")
        self.is_complete, self.keeps_alive = True, False

    def release(self) -> None:
        """Free everything that was read, and the parser, which refers to this object."""
        self._parser = None
        self._chunks, self.fields = [], []

    # ── called by the parser; errors that these methods raise would lose their type ──

    def on_message_begin(self) -> None:
        if self.is_complete:  # a second response to one request
            self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        if not self._has_head:
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self._has_head = True
        self.status = self._parser.get_status_code()
        self.keeps_alive = self._parser.should_keep_alive()
        self.is_complete = not self._has_body and self.status >= 200

    def on_body(self, chunk: bytes) -> None:
        if self.is_complete:  # the body of a response that must not have one
            self.keeps_alive = False
            return
        self._chunks.append(chunk)
        self._size += len(chunk)

    def on_message_complete(self) -> None:
        if 100 <= self.status < 200 and self.status != 101:  # an interim response, which the real one follows
            self._has_head = False
            self.fields = []
        else:
            self.is_complete = True
