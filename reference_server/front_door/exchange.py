"""One request and its response on a connection: a response in one piece is checked and written as a whole."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from reference_server.front_door.head import Headers

if TYPE_CHECKING:
    from reference_server.front_door.protocol import FrontDoor

LOG = logging.getLogger("scimulator.connections")

WholeReply = tuple[int, bytes, bytes]  # status, body, and the lines of all headers but Content-Length

# The headers of ordinary responses; a response with any other header is written by uvicorn.
USUAL_HEADERS = frozenset(
    [
        b"allow",
        b"cache-control",
        b"content-length",
        b"content-security-policy",
        b"content-type",
        b"date",
        b"etag",
        b"location",
        b"referrer-policy",
        b"retry-after",
        b"www-authenticate",
        b"x-content-type-options",
        b"x-frame-options",
    ]
)
CONTROL_CHARACTERS = bytes({*range(32), 127} - {9})
WITHOUT_BODY = frozenset([204, 304])


class Exchange(RequestResponseCycle):
    """Uvicorn's exchange, which checks and writes each header on its own, with a shorter way for ordinary responses."""

    _start: Any = None  # the head of the response, until it is known whether the body follows in one piece

    def start(self, app: Any, tasks: set[asyncio.Task[None]]) -> None:
        """Run the app in a task."""
        task = asyncio.get_running_loop().create_task(self.run_asgi(app))
        task.add_done_callback(tasks.discard)
        tasks.add(task)

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and not self.response_started:
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            whole = self._whole(start, message)
            if whole is not None:
                self._finish(whole)
                return
            await super().send(start)
        await super().send(message)

    def _whole(self, start: Any, message: Any) -> bytes | None:
        """The bytes of the response, or None if uvicorn must write it."""
        if message.get("more_body") or self.flow.write_paused or self.disconnected or self.scope["method"] == "HEAD":
            return None
        body: bytes = message.get("body", b"")
        headers: Headers = self.default_headers + start["headers"]
        fields, status = dict(headers), start["status"]
        length = fields.get(b"content-length")
        if not USUAL_HEADERS.issuperset(fields) or length != (None if status in WITHOUT_BODY else b"%d" % len(body)):
            return None
        if not self.keep_alive:
            headers.append((b"connection", b"close"))
        head = b"".join([b"%b: %b\r\n" % header for header in headers])
        if len(head.translate(None, CONTROL_CHARACTERS)) != len(head) - 2 * len(headers):
            return None  # only the line ends may be control characters
        return b"%b%b\r\n%b" % (STATUS_LINE[status], head, body)

    def _finish(self, whole: bytes) -> None:
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(whole)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def new_exchange(connection: HttpToolsProtocol, version: str) -> Exchange:
    """The exchange for a request whose head was parsed, with its ASGI scope."""
    target = httptools.parse_url(connection.url)
    path = target.path.decode("ascii")
    scope: Any = connection.scope
    scope["method"] = connection.parser.get_method().decode("ascii")
    scope["http_version"] = version
    scope["path"] = unquote(path) if "%" in path else path
    scope["raw_path"] = target.path
    scope["query_string"] = target.query or b""
    return Exchange(
        scope,
        connection.transport,
        connection.flow,
        connection.logger,
        connection.access_logger,
        False,
        connection.server_state.default_headers,
        asyncio.Event(),
        connection.expect_100_continue,
        version != "1.0" and connection.parser.should_keep_alive(),
        connection.on_response_complete,
    )


class _NobodyWaits:
    """Stands for the event that wakes an app which waits for a part of the request."""

    def set(self) -> None:
        """Nothing: the request is complete."""


class WholeExchange:
    """One request that arrived as a whole (see `whole`) and its response, in the place of uvicorn's exchange."""

    __slots__ = ("_connection", "_work", "disconnected", "keep_alive", "response_complete")

    message_event = _NobodyWaits()
    response_started = False  # before it is complete

    def __init__(self, connection: FrontDoor, work: Coroutine[Any, Any, WholeReply], keep_alive: bool) -> None:
        self._connection = connection
        self._work = work
        self.response_complete = self.disconnected = False
        self.keep_alive = keep_alive

    def run(self, _waited_for: Any = None) -> None:
        """Run the app until it waits, and again after what it waits for. A task does the same, but costs far more.

        The app must not need its task, as `asyncio.timeout` would.
        """
        try:
            future = self._work.send(None)
        except StopIteration as ended:
            self._respond(*ended.value)
        except Exception:
            LOG.exception("a request could not be answered")
            self._connection.transport.abort()
        else:
            if future is None:  # asyncio.sleep(0)
                asyncio.get_running_loop().call_soon(self.run)
            else:
                future.add_done_callback(self.run)

    def _respond(self, status: int, body: bytes, lines: bytes) -> None:
        self.response_complete = True
        if self.disconnected:
            return
        connection = self._connection
        date = connection.door.lines_of(connection.server_state.default_headers)
        length = b"" if status in WITHOUT_BODY else b"content-length: %d\r\n" % len(body)
        close = b"" if self.keep_alive else b"connection: close\r\n"
        connection.transport.write(b"".join((STATUS_LINE[status], date, lines, length, close, b"\r\n", body)))
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()


class Transport:
    """The transport of a connection. It does not close while the client may still be sending, which could discard a response."""

    def __init__(self, transport: Any, lingers: Callable[[], bool]) -> None:
        """`lingers` is called before a close and returns true if the connection will be closed later."""
        self._transport = transport
        self._lingers = lingers
        # Looked up once, because each response uses them:
        self.write: Callable[[bytes], None] = transport.write
        self.is_closing: Callable[[], bool] = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        if not self._lingers():
            self._transport.close()
