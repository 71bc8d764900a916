"""The server process: binds the port, serves until it is stopped, and manages the ready-file."""

from __future__ import annotations

import errno
import gc
import json
import os
import resource
import signal
import socket
import stat
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import uvicorn

from reference_server.endpoints.routes import ScimApp
from reference_server.front_door.door import Door
from reference_server.front_door.protocol import protocol
from reference_server.front_door.whole import WholeRequests
from reference_server.settings import Settings
from secrecy.console import redact_errors
from secrecy.private_files import check_new, write_new
from secrecy.redaction import redacted

BACKLOG = 2048
OTHER_DESCRIPTORS = 256  # files, database connections, and rejected connections
EVERY_ADDRESS = ("0.0.0.0", "::", "")
MOST_PROCESSES = 2**31
TICKS_PER_LOOK = 10
YOUNG_WHEN_QUIET = 1_000  # new objects since the last collection
YOUNG_AT_MOST = 20_000_000  # above this, it collects even during requests: about a second, once in millions of writes
YOUNG_AT_MOST_OVER_DATABASE = (
    300_000  # about a hundred long filters, whose compiled statements contain reference cycles
)
SWITCH_SECONDS = 0.0005  # how long a request may wait for the thread that writes a snapshot; Python's default is 5 ms


def in_words(error: Exception) -> str:
    """The message of an error for the user; that of an OSError names the file without the number of the error."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def unexpected_error(program: str, error: Exception) -> NoReturn:
    """Print one line with the error and the line of code that raised it, and exit with code 70 (EX_SOFTWARE)."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    line = redacted(f"{program}: unexpected error in Scimulator: {words} ({place.filename}:{place.lineno})\n")
    sys.stderr.write(line.encode("utf-8", "backslashreplace").decode())
    sys.exit(70)


class PortTaken(Exception):
    """Another process listens on the port; the message names host and port."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket (port 0: a free port). Raises PortTaken, or OSError with host and port as its file name."""
    family, place = (socket.AF_INET6, f"[{host}]:{port}") if ":" in host else (socket.AF_INET, f"{host}:{port}")
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"port {port} on {host} is in use by another process; choose a different port with --port"
            ) from None
        raise OSError(error.errno, error.strerror, place) from None
    except (TypeError, UnicodeError):  # Python cannot encode the name, for example because one of its labels is empty
        listener.close()
        raise OSError(errno.EINVAL, "Not a valid host name", place) from None
    listener.listen(BACKLOG)
    return listener


def origin_of(listener: socket.socket, host: str) -> str:
    """`http://host:port` for clients; with the host name of the machine if the server listens on all addresses."""
    name = socket.gethostname() if host in EVERY_ADDRESS else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{listener.getsockname()[1]}"


class ReadyFileExists(Exception):
    """Another file is in the place of the ready-file; the message states what was expected."""


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
    """Run the app on the socket until SIGINT or SIGTERM, then finish the requests in progress.

    It also stops when `is_lost` returns a reason why the store can never be written again, so that a supervisor can restart
    the server. `holds_records` states whether the store is in memory, where the garbage collector must not visit all of it.
    `cut_extension` is the ASGI extension that lets a request close its connection without a response.
    """
    redact_errors()
    most = connections_with_room(settings.max_connections)
    # Over a database, the driver needs a task.
    answer = app.answer_whole if holds_records else None
    whole = WholeRequests(ScimApp.PREFIX, answer, settings.limits) if answer is not None else None
    door = Door(settings.limits, most, settings.most_connections_per_address, cut_extension, whole)
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Uvicorn raises the signal again after its shutdown. The default action of SIGTERM would end the process before the
    # folder is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app,
        http=protocol(door),
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,  # query strings contain personal data (filter=userName eq "anna@…")
        server_header=False,
        proxy_headers=False,  # --public-url sets the origin; anyone can send forwarded headers
        timeout_graceful_shutdown=3,
        backlog=BACKLOG,
    )
    server = _Server(config, on_ready, is_lost, holds_records)
    await server.serve(sockets=[listener])
    if server.not_ready is not None:
        raise server.not_ready


def connections_with_room(wanted: int) -> int:
    """The wanted number of connections, or fewer if the process may not open enough descriptors. Raises its limit first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(soft // 2, soft - OTHER_DESCRIPTORS))


class _Server(uvicorn.Server):
    """Uvicorn with a callback when it accepts requests, timeouts of connections, and its own garbage collection.

    Only closed connections leave reference cycles (tests/reference_server/endpoints/test_garbage.py), but the cyclic
    collector visits every stored record to find them: 10% of a POST, in pauses of 50 ms. It therefore runs only in seconds
    without requests, and ignores what survived it once. Over a database there are few records to visit, but each filter
    compiles a statement with many cycles, so it runs whenever there are enough new objects.
    """

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], is_lost: Callable[[], object], holds_records: bool
    ) -> None:
        super().__init__(config)
        self._holds_records = holds_records
        self._is_lost = is_lost
        self._on_ready = on_ready
        self._served = 0
        self.not_ready: BaseException | None = None  # what the callback raised; the server stops in order first

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            try:
                self._on_ready()
            except BaseException as error:
                self.not_ready = error
                self.should_exit = True

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
    """Delete the ready-file of a killed server; raises ReadyFileExists for any other file in its place."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    expected = f"{path}: the file already exists and is not the ready-file of a stopped server of yours"
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        raise ReadyFileExists(expected)
    try:
        pid = int(json.loads(path.read_bytes())["pid"])
    except (ValueError, KeyError, TypeError):
        raise ReadyFileExists(expected) from None
    if not 0 < pid < MOST_PROCESSES:
        raise ReadyFileExists(expected)
    if _is_running(pid):
        raise ReadyFileExists(f"{expected}; process {pid} is running")
    path.unlink()


def _is_running(pid: int) -> bool:
    """Whether a process of this user runs. One that was killed stays in the process table until its parent waits for it."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # with PermissionError, another user's process has its number now
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # it has ended by now, or the system is not Linux
        return not Path("/proc/self/stat").exists()
    return status.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def check_ready_file(path: Path, data: str) -> None:
    """Raise OSError if the ready-file cannot be created. A data folder that does not exist yet is created by then."""
    if path.parent.exists() or path.parent.absolute() != Path(data).absolute():
        check_new(path)


def remove_own_ready_file(path: Path) -> None:
    """Delete the ready-file of this process, if it exists."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads(path.read_bytes())["pid"] == os.getpid():
            path.unlink()


def write_ready_file(path: Path, facts: dict[str, Any]) -> None:
    """Write the URLs and tokens atomically, so that a reader sees all of them or no file. Raises FileExistsError."""
    write_new(path, json.dumps(facts).encode())
