"""A small HTTP/1.1 client for one origin, for the many small requests of a simulation.

It keeps connections alive and sends one request at a time on each. It never resends a request, follows no redirects, keeps
no cookies, and limits what it reads. `response_reader` parses the responses, and aiohappyeyeballs connects.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from socket import SOCK_STREAM
from typing import cast
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

from simulator.wire.body import Unusable, unpacked
from simulator.wire.response_reader import ResponseReader
from simulator.wire.urls import origin_of

LARGEST_KNOWN = 4096  # bytes of a response that is remembered, so that an equal one is not parsed again
KEEP_IDLE_SECONDS = 15.0  # a connection that was idle longer is not used again, because the server may be closing it
NEXT_ADDRESS_SECONDS = 0.25  # if one address of a host does not respond, the next one is tried in parallel (RFC 8305)
SWITCHING = 101  # Switching Protocols
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Response:
    """One complete response, decompressed. Header names are lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class NoResponse(Exception):
    """The time for the request is over."""


class HttpClient:
    """The connections to the origin of a URL. `timeout_s` is the time for one request, including the connection."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._timeout = timeout_s
        scheme, self._host, self._port = origin_of(url)
        self._tls = _tls() if scheme == "https" else None
        parts = urlsplit(url)
        self._authority = parts.netloc
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._idle: list[_Connection] = []

    async def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send one request to a URL of this origin and wait for the complete response.

        Raises NoResponse, OSError, Unusable, or ValueError for anything but a response.
        """
        target = url.removeprefix(self._root).partition("#")[0]
        if not target.startswith("/"):
            target = f"/{target}"
        head = f"{_line(f'{method} {target} HTTP/1.1')}{self._host_header}{_lines(tuple(headers.items()))}"
        if body is not None or method not in _WITHOUT_BODY:
            head += f"Content-Length: {len(body or b'')}\r\n"
        ends_at = asyncio.get_running_loop().time() + self._timeout
        connection = self._kept() or await self._connect(ends_at)
        response = await connection.exchange(f"{head}\r\n".encode() + (body or b""), method, ends_at)
        if connection.is_usable:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().close()

    @cached_property
    def _host_header(self) -> str:
        """Raises UnicodeError (a ValueError) for a host that cannot be encoded."""
        host = self._authority.rpartition("@")[2]
        return _line(f"Host: {host if host.isascii() else host.encode('idna').decode()}")

    def _kept(self) -> _Connection | None:
        """The connection that was used last, if it can be used again."""
        oldest = asyncio.get_running_loop().time() - KEEP_IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and connection.idle_since >= oldest:
                return connection
            connection.close()
        return None

    async def _connect(self, ends_at: float) -> _Connection:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls else None
        try:
            async with asyncio.timeout_at(ends_at) as limit:
                addresses = await loop.getaddrinfo(self._host, self._port, type=SOCK_STREAM)
                socket = await start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
                made = await loop.create_connection(_Connection, sock=socket, ssl=self._tls, server_hostname=name)
        except TimeoutError:
            if limit.expired():
                raise NoResponse from None
            raise  # an error of the operating system
        return made[1]


class _Connection(asyncio.Protocol):
    """One connection, which sends one request at a time."""

    def __init__(self) -> None:
        self._reader = ResponseReader()
        self._waiting: asyncio.Future[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at = 0.0
        self.is_usable = False
        self.idle_since = 0.0
        self._is_plain = False  # whether the request is not HEAD, and nothing of its response has arrived
        self._latest = b"", Response()  # the latest response that arrived as a whole, and what it contains

    async def exchange(self, request: bytes, method: str, ends_at: float) -> Response:
        """Send one request and wait for its response."""
        loop = asyncio.get_running_loop()
        self._waiting, self._ends_at = loop.create_future(), ends_at
        self._reader.expect(method)
        self._is_plain = method != "HEAD"
        self._transport.write(request)
        if self._timer is None:
            self._timer = loop.call_at(ends_at, self._look_at_time)
        try:
            response = await self._waiting
        except BaseException:  # also an interruption: whatever arrives later belongs to no request
            self.close()
            raise
        finally:
            self._waiting = None
        self.idle_since = loop.time()
        return response

    def close(self) -> None:
        self.is_usable = False
        self._transport.abort()
        self._reader.release()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at_time(self) -> None:
        """Fail the request if its time is over. One timer serves all requests of a connection, which saves one for each."""
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._waiting is not None and not self._waiting.done():
            if loop.time() < self._ends_at:
                self._timer = loop.call_at(self._ends_at, self._look_at_time)
            else:
                self._fail(NoResponse())

    # ── called by the event loop ──

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_usable = True

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():  # no request awaits these bytes
            self.close()
            return
        is_first, self._is_plain = self._is_plain, False
        if is_first and data == self._latest[0]:  # such as the next empty list within one second
            known = self._latest[1]
            self._waiting.set_result(Response(known.status, dict(known.headers), known.body))
            return
        try:
            self._reader.feed(data)
            if not self._reader.is_complete:
                return
            response = self._finish(self._waiting)
        except Unusable as error:
            self._fail(error)
        else:
            if is_first and self.is_usable and len(data) <= LARGEST_KNOWN:
                self._latest = data, response

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_usable = False
        if self._waiting is None or self._waiting.done():
            return
        try:
            self._reader.end(exc)
            self._finish(self._waiting)
        except (Unusable, ConnectionResetError) as error:
            self._fail(error)

    # ── the response ──

    def _finish(self, waiting: asyncio.Future[Response]) -> Response:
        """Pass on the complete response. Raises Unusable."""
        reader = self._reader
        if reader.status == SWITCHING:
            raise Unusable("the response switches to another protocol, which was not requested")
        self.is_usable = self.is_usable and reader.keeps_alive
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reader.fields}
        response = Response(reader.status, headers, unpacked(reader.body, headers.get("content-encoding")))
        waiting.set_result(response)
        return response

    def _fail(self, error: Exception) -> None:
        """Fail the request. Code that keeps the error must not keep what was received as well."""
        self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error.with_traceback(None))


def _line(text: str) -> str:
    """A line of the head of a request. Raises ValueError for text that would end it early."""
    if "\n" in text or "\r" in text:
        raise ValueError("the URL or a header contains a line break")
    return f"{text}\r\n"


@lru_cache(maxsize=64)
def _lines(headers: tuple[tuple[str, str], ...]) -> str:
    """The lines of headers, which are the same for almost all requests."""
    return "".join(_line(f"{name}: {value}") for name, value in headers)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
