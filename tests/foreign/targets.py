"""Other people's SCIM servers as real processes on free ports, each with data of its own that goes with it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

SERVERS = Path(__file__).parent / "servers"
PROGRAMS = Path(sys.executable).parent
WAIT = urllib3.Retry(connect=200, read=0, redirect=0, status=0, backoff_factor=0.02, backoff_max=0.2)


@dataclass(frozen=True, slots=True)
class ForeignServer:
    """A running server."""

    name: str
    base_url: str
    token: str


class NotInstalled(Exception):
    """What the server needs is not on this machine; the text says what."""


@contextmanager
def running(name: str) -> Iterator[ForeignServer]:
    """Start the server of this name (one of NAMES) and end it afterwards. Raises NotInstalled."""
    with tempfile.TemporaryDirectory(prefix=f"foreign-{name}-") as folder:
        port, token = _free_port(), secrets.token_urlsafe(16)
        command, path = _COMMANDS[name](port, token, Path(folder))
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            server = ForeignServer(name, f"http://127.0.0.1:{port}{path}", token)
            _wait_for(server)
            yield server
        finally:
            child.terminate()
            child.wait(timeout=20)


def _scim2_server(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    return [str(PROGRAMS / "scim2-server"), "--port", str(port), "--bearer-token", token], "/v2"


def _django_scim2(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    return [sys.executable, str(SERVERS / "django_scim2.py"), str(port), token, str(folder)], "/scim/v2"


def _scimmy(port: int, token: str, folder: Path) -> tuple[list[str], str]:
    (folder / "node_modules").symlink_to(_node_packages(SERVERS / "scimmy" / "package.json"))
    shutil.copy(SERVERS / "scimmy" / "server.mjs", folder)
    return ["node", "server.mjs", str(port), token], "/scim/v2"


_COMMANDS: dict[str, Callable[[int, str, Path], tuple[list[str], str]]] = {
    "scim2_server": _scim2_server,
    "django_scim2": _django_scim2,
    "scimmy": _scimmy,
}
NAMES = tuple(_COMMANDS)


def _node_packages(wanted: Path) -> Path:
    """The folder with the packages of a package.json; fetched once per content of that file, then kept outside the tree."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled("node and npm are not installed, so SCIMMY cannot be started")
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"scimulator-{os.getuid()}-{wanted.parent.name}-{digest}"
    if not kept.is_dir():
        with tempfile.TemporaryDirectory(prefix="scimulator-npm-") as fresh:
            place = Path(fresh) / "packages"
            place.mkdir()
            shutil.copy(wanted, place)
            npm = ["npm", "install", "--omit=dev", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
            done = subprocess.run(npm, cwd=place, capture_output=True, text=True, timeout=100, check=False)
            if done.returncode != 0:
                raise NotInstalled(f"npm could not install SCIMMY: {done.stderr.strip().splitlines()[:1]}")
            _keep(place, kept)
    return kept / "node_modules"


def _keep(place: Path, kept: Path) -> None:
    """Move the finished folder to where it is looked for; another process may have been quicker."""
    try:
        place.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: ForeignServer) -> None:
    with urllib3.PoolManager() as http:
        headers = {"Authorization": f"Bearer {server.token}"}
        answer = http.request("GET", server.base_url + "/ServiceProviderConfig", headers=headers, retries=WAIT)
        assert answer.status == 200, f"{server.name} answers {answer.status}: {answer.data[:200]!r}"
