"""Blocking connections for thousands of small requests: each is sent once, with limits on the time and size of its response.

A request costs about a tenth of what it costs in a general client: it is one write, and httptools parses the response.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import httptools
from urllib3.util import parse_url
from urllib3.util.wait import wait_for_read

from simulator.wire.body import MAX_BODY_BYTES, TooLarge, Unusable, unpacked
from simulator.wire.not_http import NotHttp

CHUNK = 65_536
MAX_HEAD_BYTES = 256 * 1024  # of headers and trailers
MAX_FRAMING = 8  # bytes for each byte of a body that is sent in chunks of one byte
BODILESS = frozenset(["GET", "HEAD", "DELETE", "OPTIONS"])  # the methods that declare no length if they have no body
_URL = re.compile(r"(https?)://([^/?#]+)([^#]*)", re.IGNORECASE)
_HEADER = re.compile(r"[^:\s][^:\r\n]*: [^\r\n]*")
_PLAIN = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*")  # the path and query of a normalized URL
_DOTS = re.compile(r"/\.\.?(?:[/?]|$)")
# What servers send although RFC 9112 forbids it, and what other clients accept.
_LENIENT = {
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_transfer_encoding": True,
    "lenient_version": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response without redaction. Header names are lower case."""

    status: int
    headers: Mapping[str, list[str]] = field(repr=False)
    body: bytes = field(repr=False)

    def all(self, name: str) -> str:
        """All values of a header, joined as RFC 9110 section 5.3 allows."""
        return ", ".join(self.headers.get(name, []))


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a request goes; `name` is the value of the Host header."""

    tls: bool
    host: str
    port: int
    name: str


class _Response:
    """Receives what the parser finds in one response. Its callbacks must not raise, so the limits are checked elsewhere."""

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers: dict[str, list[str]] = {}
        self.chunks: list[bytes] = []
        self.size = 0  # of the chunks
        self.has_head = False
        self.is_complete = False
        self.keeps_alive = False
        self._has_body = method != "HEAD"
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)

    def feed(self, chunk: bytes) -> None:
        """Parse some bytes. Raises NotHttp for bytes that are not HTTP; what follows the response is ignored."""
        assert self._parser is not None
        try:
            self._parser.feed_data(chunk)
        except httptools.HttpParserUpgrade:
            self.is_complete, self.keeps_alive = True, False
        except httptools.HttpParserError as error:
            if not self.is_complete:
                raise NotHttp(str(error), chunk) from None
            self.keeps_alive = False

    def end(self) -> None:
        """Release the parser, which refers to this object."""
        self._parser = None

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:
            self.headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        if self._parser is not None and not self.is_complete:
            self.has_head = True
            self.status = self._parser.get_status_code()
            self.keeps_alive = self._parser.should_keep_alive()
            self.is_complete = not self._has_body and self.status >= 200

    def on_body(self, chunk: bytes) -> None:
        if not self.is_complete:
            self.chunks.append(chunk)
            self.size += len(chunk)

    def on_message_complete(self) -> None:
        if 100 <= self.status < 200 and self.status != 101:  # an interim response, which the real one follows
            self.has_head = False
            self.headers.clear()
        else:
            self.is_complete = True

    @property
    def declared(self) -> int:
        """The declared length of the body, or 0."""
        length = self.headers.get("content-length", ["0"])[0]
        return int(length) if length.isdecimal() else 0

    @property
    def ends_with_connection(self) -> bool:
        """Whether the end of the connection is the end of the body (RFC 9112 section 6.3)."""
        coding = ",".join(self.headers.get("transfer-encoding", []))
        has_length = "chunked" in coding.lower() if coding else "content-length" in self.headers
        return self.has_head and not has_length


class Connections:
    """Keep-alive connections. Redirects are not followed, and cookies are not stored."""

    def __init__(self, timeout_s: float, *, pool_size: int = 4, verify_tls: bool = True) -> None:
        self.timeout_s = timeout_s
        self._pool_size = pool_size
        self._verify_tls = verify_tls
        self._context: ssl.SSLContext | None = None
        self._idle: dict[_Origin, list[socket.socket]] = {}
        weakref.finalize(self, _close_all, self._idle)

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send one request. Raises Unusable for a response that is too large, too late, or not HTTP; OSError; and ValueError."""
        origin, target = _split(url)
        data = _head(method.upper(), origin, target, headers, body) + (body or b"")
        line, response = self._line(origin), _Response(method.upper())
        try:
            with suppress(BrokenPipeError):  # the server may have responded before it read the whole body
                line.sendall(data)
            found = self._read(line, response)
        except BaseException as error:
            line.close()
            if isinstance(error, TimeoutError):
                raise Unusable(f"no complete response within {self.timeout_s:g} s") from None
            raise
        finally:
            response.end()
        self._keep(origin, line) if response.keeps_alive else line.close()
        packing = response.headers.get("content-encoding", [""])[0]
        return Reply(response.status, response.headers, unpacked(found, packing))

    def clear(self) -> None:
        """Close the idle connections."""
        _close_all(self._idle)

    def is_closed(self, line: socket.socket) -> bool:
        """Whether the server has closed an idle connection, or has sent something that belongs to no request."""
        return wait_for_read(line, 0)

    def _line(self, origin: _Origin) -> socket.socket:
        """An idle connection that the server has not closed, or a new one."""
        idle = self._idle.get(origin, [])
        while idle:
            with suppress(IndexError):  # another thread took the last one
                line = idle.pop()
                if not self.is_closed(line):
                    return line
                line.close()
        try:
            line = socket.create_connection((origin.host, origin.port), self.timeout_s)
        except TimeoutError:
            raise Unusable(f"no connection within {self.timeout_s:g} s") from None
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not origin.tls:
            return line
        try:
            return self._tls().wrap_socket(line, server_hostname=origin.host)
        except BaseException:
            line.close()
            raise

    def _keep(self, origin: _Origin, line: socket.socket) -> None:
        idle = self._idle.setdefault(origin, [])
        if len(idle) >= self._pool_size:
            line.close()
            return
        if line.gettimeout() != self.timeout_s:
            line.settimeout(self.timeout_s)
        idle.append(line)

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            context = ssl.create_default_context()
            if not self._verify_tls:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._context = context
        return self._context

    def _read(self, line: socket.socket, response: _Response) -> bytes:
        """The body as it was sent. The time limit is for the complete response, because a target can send it in drips."""
        end, received = time.monotonic() + self.timeout_s, 0
        while chunk := line.recv(CHUNK):
            received += len(chunk)
            response.feed(chunk)
            if response.is_complete:
                break
            if max(response.size, response.declared) > MAX_BODY_BYTES:
                raise TooLarge(f"the response has more than {MAX_BODY_BYTES} bytes")
            if received > MAX_HEAD_BYTES + MAX_FRAMING * response.size:
                raise TooLarge(f"the headers of the response have more than {MAX_HEAD_BYTES} bytes")
            line.settimeout(max(end - time.monotonic(), 0.001))
        else:
            if not response.ends_with_connection:
                raise ConnectionError("the connection closed before the response was complete")
        return b"".join(response.chunks)


def _head(method: str, origin: _Origin, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The head of a request. Raises ValueError for a header that would end early or that is not in Latin-1."""
    own, lines, declares = _lines(origin.name, tuple(headers.items()))
    length = f"content-length: {len(body or b'')}\r\n"
    if declares or (body is None and method in BODILESS):
        length = ""
    return f"{method} {target} HTTP/1.1\r\n{own}{length}{lines}\r\n".encode("latin-1")


@lru_cache(maxsize=256)  # most requests have the headers of an earlier one
def _lines(host: str, headers: tuple[tuple[str, str], ...]) -> tuple[str, str, bool]:
    """The lines of the client's own headers and of the others, and whether the others declare the length of the body."""
    given = {name.lower() for name, _ in headers}
    own = {name: value for name, value in (("host", host), ("accept-encoding", "identity")) if name not in given}
    for name, value in (*own.items(), *headers):
        if not _HEADER.fullmatch(line := f"{name}: {value}"):
            raise ValueError(f"the header {line.partition(':')[0][:80]!r} cannot be sent")
    own_lines, lines = ("".join(f"{name}: {value}\r\n" for name, value in part) for part in (own.items(), headers))
    return own_lines, lines, "content-length" in given


@lru_cache(maxsize=256)  # a resource is written, read, and removed in turn
def _split(url: str) -> tuple[_Origin, str]:
    """The origin of a URL, and its path and query in normalized form. Raises ValueError."""
    parts = _URL.match(url)
    if parts is None:
        raise ValueError(f"expected http://host/path or https://host/path, got {url[:200]!r}")
    target = parts[3] if parts[3].startswith("/") else f"/{parts[3]}"
    if not _PLAIN.fullmatch(target) or _DOTS.search(target):
        target = str(parse_url(url).request_uri)
    return _origin(parts[1].lower() == "https", parts[2]), target


@lru_cache(maxsize=64)
def _origin(tls: bool, authority: str) -> _Origin:
    parsed = parse_url(f"http://{authority}")
    host, default = parsed.host or "", 443 if tls else 80
    name = host if parsed.port in (None, default) else f"{host}:{parsed.port}"
    return _Origin(tls, host.strip("[]"), parsed.port or default, name)


def _close_all(idle: Mapping[_Origin, list[socket.socket]]) -> None:
    for lines in idle.values():
        while lines:
            lines.pop().close()
