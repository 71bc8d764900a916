"""Other people's SCIM servers as real processes on free ports, each with data of its own that goes with it."""

from __future__ import annotations

import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

import urllib3

from loadtests.bench.servers.node_packages import prepare_scimmy
from reference_server.lifeline import start_guarded
from tests.foreign import zoo

SERVERS = Path(__file__).parent / "servers"
PROGRAMS = Path(sys.executable).parent
WAIT = urllib3.Retry(total=None, connect=6_000, read=0, redirect=0, status=0, backoff_factor=0.02, backoff_max=0.2)


@dataclass(frozen=True, slots=True)
class ForeignServer:
    """A running server."""

    name: str
    base_url: str
    token: str


@contextmanager
def running(name: str) -> Iterator[ForeignServer]:
    """Start the server of this name (one of NAMES or ZOO) and end it afterwards. Raises NotInstalled."""
    with tempfile.TemporaryDirectory(prefix=f"foreign-{name}-") as folder:
        port, token = _free_port(), f"scim_{secrets.token_hex(4)}_{secrets.token_urlsafe(16)}"
        if name in ZOO:
            command, path = [*zoo.command(name, Path(folder)), str(port), token, folder], zoo.BASE_PATHS[name]
        else:
            command, path = _COMMANDS[name](port, token, Path(folder))
        with start_guarded(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as child:
            try:
                server = ForeignServer(name, f"http://127.0.0.1:{port}{path}", token)
                _wait_for(server)
                yield server
            finally:
                child.terminate()
                child.wait(timeout=600)


def _scim2_server(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    return [str(PROGRAMS / "scim2-server"), "--port", str(port), "--bearer-token", token], "/v2"


def _django_scim2(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    return [sys.executable, str(SERVERS / "django_scim2.py"), str(port), token, str(folder)], "/scim/v2"


def _scimmy(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    return [*prepare_scimmy(folder), str(port), token], "/scim/v2"


_COMMANDS: dict[str, Callable[[int, str, Path], tuple[list[str], str]]] = {
    "scim2_server": _scim2_server,
    "django_scim2": _django_scim2,
    "scimmy": _scimmy,
}
NAMES = tuple(_COMMANDS)
ZOO = tuple(zoo.BASE_PATHS)
EVERY = (*NAMES, *ZOO)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: ForeignServer) -> None:
    with urllib3.PoolManager() as http:
        headers = {"Authorization": f"Bearer {server.token}"}
        answer = http.request("GET", server.base_url + "/ServiceProviderConfig", headers=headers, retries=WAIT)
        assert answer.status == 200, f"{server.name} answers {answer.status}: {answer.data[:200]!r}"
