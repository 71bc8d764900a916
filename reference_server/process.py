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

BACKLOG = 2048
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
    """`http://host:port` as clients reach it."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def serve_until_stopped(app: Any, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Run the app on the socket until SIGINT or SIGTERM; requests under way are finished first."""
    _spare_the_store_from_collections()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Uvicorn raises the signal again when it has shut down; SIGTERM's default would end us before the folder is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_level="warning",
        access_log=False,  # a query string is personal data (filter=userName eq "anna@…")
        server_header=False,
        proxy_headers=False,  # --public-url says what clients see; forwarded headers are anybody's word
        timeout_keep_alive=75,  # longer than the 60 s after which Okta gives up on an answer
        timeout_graceful_shutdown=3,
        backlog=BACKLOG,
    )
    _Server(config, on_ready).run(sockets=[listener])


def _spare_the_store_from_collections() -> None:
    """Keep the cyclic collector from walking every stored record again and again: they form no cycles.

    Python's defaults start a full collection whenever a quarter more objects live, 50 ms each at 50,000 users and all of
    it in the way of requests. What is loaded is frozen; young garbage is collected as ever, what has survived that (a
    stored record, nearly always) is looked at again after 200 million allocations.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10_000, 1_000)


class _Server(uvicorn.Server):
    """Uvicorn, telling when it accepts requests."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def write_ready_file(path: Path, facts: dict[str, Any]) -> None:
    """Write the facts so that a reader sees all of them or no file; mode 0600 since tokens are among them."""
    draft = path.with_name(path.name + ".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
    draft.replace(path)
