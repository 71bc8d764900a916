"""The server as a process: bind the port, open the data folder, serve until told to stop, leave nothing behind."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from reference_server.front_door.door import Door
from reference_server.front_door.protocol import protocol
from reference_server.settings import Settings
from secrecy.console import redact_errors
from secrecy.private_files import write_new

BACKLOG = 2048
OTHER_DESCRIPTORS = 256  # files, database connections, and connections that are refused
EVERY_ADDRESS = ("0.0.0.0", "::", "")
TICKS_PER_LOOK = 10
YOUNG_WHEN_QUIET = 1_000  # objects more than at the last collection
YOUNG_AT_MOST = 20_000_000  # beyond this it collects in the middle of work: a second, once in millions of writes
YOUNG_AT_MOST_OVER_DATABASE = 300_000  # about a hundred long filters, whose compiled statements are cycles
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


class ReadyFileExists(Exception):
    """Something is where the ready-file belongs; the message says what was expected."""


async def serve_until_stopped(
    app: Any,
    listener: socket.socket,
    on_ready: Callable[[], None],
    settings: Settings,
    *,
    is_lost: Callable[[], object],
    holds_records: bool = True,
    cut_extension: str | None = None,
) -> None:
    """Run the app on the socket until SIGINT or SIGTERM; requests under way are finished first.

    It also ends when `is_lost` returns something: the store will never be written again, and a supervisor can start anew.
    `holds_records` tells whether the store is in memory, where the garbage collector must not walk all of it.
    `cut_extension` names an ASGI extension by which a request can end its connection without an answer.
    """
    redact_errors()
    most = connections_with_room(settings.max_connections)
    door = Door(settings.limits, most, settings.most_connections_per_address, cut_extension)
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Uvicorn raises the signal again when it has shut down; SIGTERM's default would end us before the folder is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app,
        http=protocol(door),
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,  # a query string is personal data (filter=userName eq "anna@…")
        server_header=False,
        proxy_headers=False,  # --public-url says what clients see; forwarded headers are anybody's word
        timeout_graceful_shutdown=3,
        backlog=BACKLOG,
    )
    await _Server(config, on_ready, is_lost, holds_records).serve(sockets=[listener])


def connections_with_room(wanted: int) -> int:
    """As many connections as wanted, or as the descriptors allow that this process may open; its limit is raised first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(soft // 2, soft - OTHER_DESCRIPTORS))


class _Server(uvicorn.Server):
    """Uvicorn, which reports when it accepts requests, ends connections that wait for too long, and collects garbage.

    The cyclic collector finds next to nothing here (tests/reference_server/endpoints/test_garbage.py: no request leaves
    a cycle behind, only closed connections do) and walks every stored record to find it: 10 % of a POST, and 50 ms at a
    time. So it runs in quiet seconds only, and what has survived it once is not looked at again. Over a database there are
    few records to walk, but each filter compiles a statement, which is full of cycles: it runs whenever enough has come.
    """

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], is_lost: Callable[[], object], holds_records: bool
    ) -> None:
        super().__init__(config)
        self._holds_records = holds_records
        self._is_lost = is_lost
        self._on_ready = on_ready
        self._served = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second."""
        if counter % TICKS_PER_LOOK == 0:
            for connection in list(self.server_state.connections):
                connection.look()  # type: ignore[union-attr]
            served, self._served = self._served, self.server_state.total_requests
            young = gc.get_count()[0]
            if self._holds_records and young > (YOUNG_WHEN_QUIET if served == self._served else YOUNG_AT_MOST):
                gc.collect(0)
                gc.freeze()
        if not self._holds_records and gc.get_count()[0] > YOUNG_AT_MOST_OVER_DATABASE:
            gc.collect()
        return await super().on_tick(counter) or bool(self._is_lost())


def remove_stale_ready_file(path: Path) -> None:
    """Remove the ready-file of a server that was killed; raises ReadyFileExists for anything else in its place."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    expected = f"{path}: exists already; expected no file, or that of a server of yours that has ended"
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        raise ReadyFileExists(expected)
    try:
        pid = int(json.loads(path.read_bytes())["pid"])
    except (ValueError, KeyError, TypeError):
        raise ReadyFileExists(expected) from None
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        raise ReadyFileExists(f"{expected}; process {pid} runs")
    path.unlink()


def remove_own_ready_file(path: Path) -> None:
    """Remove the ready-file of this process, if there is one."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads(path.read_bytes())["pid"] == os.getpid():
            path.unlink()


def write_ready_file(path: Path, facts: dict[str, Any]) -> None:
    """Write the facts, tokens among them, so that a reader sees all of them or no file. Raises FileExistsError."""
    write_new(path, json.dumps(facts).encode())
