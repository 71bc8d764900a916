"""Blocking connections for thousands of small requests: each is sent once, with limits on the time and size of its response.

A request costs about a tenth of what it costs in a general client: it is one write, and `response_reader` parses the
response.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from urllib3.util import parse_url
from urllib3.util.wait import wait_for_read

from simulator.wire.body import Unusable, unpacked
from simulator.wire.response_reader import ResponseReader

CHUNK = 65_536
BODILESS = frozenset(["GET", "HEAD", "DELETE", "OPTIONS"])  # the methods that declare no length if they have no body
_URL = re.compile(r"(https?)://([^/?#]+)([^#]*)", re.IGNORECASE)
_HEADER = re.compile(r"[^:\s][^:\r\n]*: [^\r\n]*")
_PLAIN = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*")  # the path and query of a normalized URL
_DOTS = re.compile(r"/\.\.?(?:[/?]|$)")


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


class _Line:
    """One connection to an origin."""

    __slots__ = ("reader", "socket")

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.reader = ResponseReader()

    def close(self) -> None:
        self.socket.close()
        self.reader.release()


class Connections:
    """Keep-alive connections. Redirects are not followed, and cookies are not stored."""

    def __init__(self, timeout_s: float, *, pool_size: int = 4, verify_tls: bool = True) -> None:
        self.timeout_s = timeout_s
        self._pool_size = pool_size
        self._verify_tls = verify_tls
        self._context: ssl.SSLContext | None = None
        self._idle: dict[_Origin, list[_Line]] = {}
        weakref.finalize(self, _close_all, self._idle)

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send one request. Raises Unusable for a response that is too large, too late, or not HTTP; OSError; and ValueError."""
        origin, target = _split(url)
        data = _head(method.upper(), origin, target, headers, body) + (body or b"")
        line = self._line(origin)
        try:
            line.reader.expect(method.upper())
            with suppress(BrokenPipeError):  # the server may have responded before it read the whole body
                line.socket.sendall(data)
            self._read(line)
            status, packed, found = line.reader.status, line.reader.body, _by_name(line.reader.fields)
        except BaseException as error:
            line.close()
            if isinstance(error, TimeoutError):
                raise Unusable(f"no complete response within {self.timeout_s:g} s") from None
            raise
        self._keep(origin, line) if line.reader.keeps_alive else line.close()
        return Reply(status, found, unpacked(packed, found.get("content-encoding", [""])[0]))

    def clear(self) -> None:
        """Close the idle connections."""
        _close_all(self._idle)

    def is_closed(self, idle: socket.socket) -> bool:
        """Whether the server has closed an idle connection, or has sent something that belongs to no request."""
        return wait_for_read(idle, 0)

    def _line(self, origin: _Origin) -> _Line:
        """An idle connection that the server has not closed, or a new one."""
        idle = self._idle.get(origin, [])
        while idle:
            with suppress(IndexError):  # another thread took the last one
                line = idle.pop()
                if not self.is_closed(line.socket):
                    return line
                line.close()
        try:
            connected = socket.create_connection((origin.host, origin.port), self.timeout_s)
        except TimeoutError:
            raise Unusable(f"no connection within {self.timeout_s:g} s") from None
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not origin.tls:
            return _Line(connected)
        try:
            return _Line(self._tls().wrap_socket(connected, server_hostname=origin.host))
        except BaseException:
            connected.close()
            raise

    def _keep(self, origin: _Origin, line: _Line) -> None:
        idle = self._idle.setdefault(origin, [])
        if len(idle) >= self._pool_size:
            line.close()
            return
        if line.socket.gettimeout() != self.timeout_s:
            line.socket.settimeout(self.timeout_s)
        line.reader.expect("GET")  # frees what it has read
        idle.append(line)

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            context = ssl.create_default_context()
            if not self._verify_tls:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._context = context
        return self._context

    def _read(self, line: _Line) -> None:
        """Read a response. The time limit is for the complete one, because a target can send it in drips."""
        end = time.monotonic() + self.timeout_s
        while chunk := line.socket.recv(CHUNK):
            line.reader.feed(chunk)
            if line.reader.is_complete:
                return
            line.socket.settimeout(max(end - time.monotonic(), 0.001))
        line.reader.end()


def _by_name(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


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


def _close_all(idle: Mapping[_Origin, list[_Line]]) -> None:
    for lines in idle.values():
        while lines:
            lines.pop().close()
