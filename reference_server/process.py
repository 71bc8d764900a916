"""The server as a process: bind the port, open the data folder, serve until told to stop, leave nothing behind."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

BACKLOG = 2048
EVERY_ADDRESS = ("0.0.0.0", "::", "")
TICKS_PER_LOOK = 10
YOUNG_WHEN_QUIET = 1_000  # objects more than at the last collection
YOUNG_AT_MOST = 20_000_000  # beyond this it collects in the middle of work: a second, once in millions of writes
SWITCH_SECONDS = 0.0005  # how long a request may wait for the thread that writes a snapshot; Python's default is 5 ms


class PortTaken(Exception):
    """Another process listens there; the message names host and port."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket (port 0: a free one); raises PortTaken, or OSError for a host that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == 98:  # EADDRINUSE
            raise PortTaken(f"port {port} on {host} is taken by another process; choose one with --port") from None
        raise
    listener.listen(BACKLOG)
    return listener


def origin_of(listener: socket.socket, host: str) -> str:
    """`http://host:port` as clients reach it; by the machine's name if it listens on all addresses, which are no host."""
    name = socket.gethostname() if host in EVERY_ADDRESS else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{listener.getsockname()[1]}"


async def serve_until_stopped(
    app: Any,
    listener: socket.socket,
    on_ready: Callable[[], None],
    *,
    max_body_seconds: int,
    cut_extension: str | None = None,
) -> None:
    """Run the app on the socket until SIGINT or SIGTERM; requests under way are finished first.

    A body that is not complete after `max_body_seconds` (a second more or less) ends its connection.
    `cut_extension` names an ASGI extension by which a request can end its connection without an answer.
    """
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Uvicorn raises the signal again when it has shut down; SIGTERM's default would end us before the folder is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app,
        http=_cuttable(cut_extension) if cut_extension else _OneWriteProtocol,
        lifespan="on",
        log_level="warning",
        access_log=False,  # a query string is personal data (filter=userName eq "anna@…")
        server_header=False,
        proxy_headers=False,  # --public-url says what clients see; forwarded headers are anybody's word
        timeout_keep_alive=75,  # longer than the 60 s after which Okta gives up on an answer
        timeout_graceful_shutdown=3,
        backlog=BACKLOG,
    )
    await _Server(config, on_ready, max_body_seconds).serve(sockets=[listener])


class _OneWriteProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with the head and the body of an answer in one write: a system call less for each request."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(_HeadWithBody(transport))  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        self.transport.write(b"")  # a HEAD has no body to bring its head along
        super().on_response_complete()


def _cuttable(extension: str) -> type[_OneWriteProtocol]:
    class CuttableProtocol(_OneWriteProtocol):
        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["extensions"] = {extension: self.transport.abort}  # type: ignore[dict-item]

    return CuttableProtocol


class _HeadWithBody:
    """A transport that holds the head of an answer back until its body comes, which uvicorn writes next."""

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held and data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._held = data  # (a "100 Continue" is no head: the client waits for it)
        elif self._held or data:
            self._transport.write(self._held + data)
            self._held = b""

    def close(self) -> None:
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        self._transport.close()


class _Server(uvicorn.Server):
    """Uvicorn, telling when it accepts requests, and collecting garbage when it has nothing else to do.

    The cyclic collector finds next to nothing here (tests/reference_server/endpoints/test_garbage.py: no request leaves
    a cycle behind, only closed connections do) and walks every stored record to find it: 10 % of a POST, and 50 ms at a
    time. So it runs in quiet seconds only, and what has survived it once is not looked at again.
    """

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], max_body_seconds: int) -> None:
        super().__init__(config)
        self._max_body_seconds = max_body_seconds
        self._slow: dict[Any, tuple[Any, int]] = {}  # connection → its request whose body is coming, looks so far
        self._on_ready = on_ready
        self._served = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second."""
        if counter % TICKS_PER_LOOK == 0:
            self._end_slow_bodies()
            served, self._served = self._served, self.server_state.total_requests
            young = gc.get_count()[0]
            if young > (YOUNG_WHEN_QUIET if served == self._served else YOUNG_AT_MOST):
                gc.collect(0)
                gc.freeze()
        return await super().on_tick(counter)

    def _end_slow_bodies(self) -> None:
        """Called once a second; costs nothing on the way of a request."""
        slow, self._slow = self._slow, {}
        for connection in list(self.server_state.connections):
            request = getattr(connection, "cycle", None)
            if request is None or not request.more_body or request.response_complete:
                continue
            held, looks = slow.get(connection, (request, 0))
            if held is request and looks >= self._max_body_seconds:
                connection.transport.abort()
            else:
                self._slow[connection] = (request, looks + 1 if held is request else 1)


def write_ready_file(path: Path, facts: dict[str, Any]) -> None:
    """Write the facts so that a reader sees all of them or no file; mode 0600 since tokens are among them."""
    draft = path.with_name(path.name + ".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
    draft.replace(path)
