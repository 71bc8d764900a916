"""One request and its response on a connection: a response in one piece is checked and written as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from reference_server.front_door.head import Headers

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

    def start(self, app: Any, tasks: set[asyncio.Task[None]], reads_at_once: tuple[str, ...]) -> None:
        """Run the app in a task; for reads of these paths only from the first time that it waits, which most never do.

        An app that starts at once must not need its task until then, as `asyncio.timeout` would.
        """
        work = self.run_asgi(app)
        if self.scope["method"] == "GET" and self.scope["path"].startswith(reads_at_once):
            try:
                work = _continued(work.send(None), work)
            except StopIteration:
                return
        task = asyncio.get_running_loop().create_task(work)
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


async def _continued(awaited: Any, work: Coroutine[Any, Any, None]) -> None:
    """The rest of a coroutine, which waits for what its first step returned."""
    await _Continuation(awaited, work)


class _Continuation:
    """Awaits what a coroutine was waiting for, then the coroutine."""

    __slots__ = ("_awaited", "_work")

    def __init__(self, awaited: Any, work: Coroutine[Any, Any, None]) -> None:
        self._awaited = awaited
        self._work = work

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._awaited
        yield from self._work.__await__()


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
