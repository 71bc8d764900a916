"""The servers that `make bench` compares: name, how each is started, versions, and what matters for a fair comparison.

Each is started with the path of a file with the resources to store. A server that cannot accept them by POST in reasonable
time loads them into its storage at its start (`preloaded`); the others are filled by POST.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from loadtests.bench.machine import versions
from loadtests.bench.server import Server
from loadtests.bench.servers.node_packages import NotInstalled, prepare_scimmy, scimmy_versions
from loadtests.bench.servers.postgresql import postgres_server
from reference_server.embedded import ServerDidNotStart, embedded_server, stop
from reference_server.lifeline import start_guarded
from secrecy.temporary import temporary_folder

START_SECONDS = 180.0  # includes loading 50,000 resources
ROOT = Path(__file__).parents[2]

Start = Callable[[str, Path], AbstractContextManager[Server]]  # (name, resources) → a running server


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server to compare. `start` may raise NotInstalled or ServerDidNotStart; `versions` is called when it runs."""

    name: str
    start: Start
    about: str
    versions: Callable[[], str] = str


@contextmanager
def _bare(name: str, resources: Path) -> Iterator[Server]:
    with _launched([sys.executable, "-m", "loadtests.bench.servers.bare_app", "0"], ROOT) as port:
        yield Server(name, f"http://127.0.0.1:{port}", "", bare=True)


@contextmanager
def _reference_server(name: str, resources: Path, arguments: tuple[str, ...] = ()) -> Iterator[Server]:
    """The reference server with additional options of `serve`."""
    with embedded_server(arguments=arguments) as server:
        yield Server(name, server.base_url, server.token)


@contextmanager
def _on_postgres(name: str, resources: Path, processes: int) -> Iterator[Server]:
    """The reference server in several processes on a database, which runs on the same core."""
    with postgres_server(fsync=True) as database:
        arguments = ["--workers", str(processes)]
        with embedded_server(data=database.new_database(), arguments=arguments) as server:
            yield Server(name, server.base_url, server.token)


@contextmanager
def _scim2_server(name: str, resources: Path) -> Iterator[Server]:
    if find_spec("scim2_server") is None:
        raise NotInstalled("scim2-server is not installed (it is part of the extra `test`)")
    token = secrets.token_urlsafe(16)
    command = [sys.executable, "-m", "loadtests.bench.servers.scim2_server_app", "0", token, str(resources)]
    with _launched(command, ROOT) as port:
        yield Server(name, f"http://127.0.0.1:{port}/v2", token, preloaded=True)


@contextmanager
def _scimmy(name: str, resources: Path) -> Iterator[Server]:
    with temporary_folder() as folder:
        token = secrets.token_urlsafe(16)
        command = [*prepare_scimmy(folder), "0", token, str(resources)]
        with _launched(command, folder) as port:
            yield Server(name, f"http://127.0.0.1:{port}/scim/v2", token, preloaded=True)


YARDSTICK = Contestant(
    "bare Starlette",
    _bare,
    "the yardstick, an application that does next to nothing: GET returns 1 KB of JSON or a page of that, POST and PATCH "
    "parse a user and return it; there is no storage and no token",
)
CONTESTANTS = (
    Contestant(
        "reference server",
        _reference_server,
        "every POST and PATCH is durable (`fsync` before the response, shared by concurrent writes); filled by POST",
    ),
    Contestant(
        "on PostgreSQL",
        partial(_on_postgres, processes=1),
        "the reference server on a database that runs on the same core; every POST and PATCH is durable; filled by POST",
    ),
    Contestant(
        "on PostgreSQL, 2 processes",
        partial(_on_postgres, processes=2),
        "the same with two server processes on that core",
    ),
    Contestant(
        "scim2-server",
        _scim2_server,
        "its ASGI application on the same uvicorn (its own command, which is meant for tests and demos, closes the connection "
        "after each response), with its own in-memory storage, which does not survive a restart; filled through that storage",
        partial(versions, "scim2-server", "scim2-models"),
    ),
    Contestant(
        "SCIMMY",
        _scimmy,
        "a library without storage of its own: this benchmark adds in-memory maps with an index on userName and externalId, "
        "and selects the resources of a page before SCIMMY builds them; the data does not survive a restart; filled into "
        "these maps",
        scimmy_versions,
    ),
)


def somebody_elses(url: str, token: str) -> Contestant:
    """The server of `--url`, which is filled by POST and cleaned up afterwards."""

    @contextmanager
    def start(name: str, resources: Path) -> Iterator[Server]:
        yield Server(name, url.rstrip("/"), token, clean_up=True)

    return Contestant("target", start, "filled by POST, and cleaned up afterwards")


@contextmanager
def _launched(command: list[str], folder: Path) -> Iterator[int]:
    """Start one of `servers/`, which writes its port to the file in its last argument when it is ready."""
    with temporary_folder() as place:
        ready, log = place / "port", place / "log"
        with (
            log.open("wb") as words,
            start_guarded([*command, str(ready)], cwd=folder, stdout=words, stderr=words) as process,
        ):
            try:
                yield _await_port(process, ready, log)
            finally:
                stop(process)


def _await_port(process: subprocess.Popen[bytes], ready: Path, log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace").strip().splitlines()
            raise ServerDidNotStart(f"it did not start: {words[-1] if words else 'no output'}")
        time.sleep(0.02)
    return int(ready.read_text())
