"""Runs a private PostgreSQL server in a temporary folder, using the programs installed on this machine."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loadtests.bench.servers.node_packages import NotInstalled
from reference_server.lifeline import start_guarded
from secrecy.temporary import temporary_folder

USER = "scimulator"
START_SECONDS, STOP_SECONDS = 30, 30
PROGRAMS = ("initdb", "postgres", "pg_isready", "createdb", "psql")
PORTS_TRIED = 3  # another process may bind a free port before the server does


class PostgresServer:
    """One server on loopback and on a socket in `folder`, with the user `scimulator` and no password."""

    def __init__(self, folder: Path, binaries: Path, *, fsync: bool) -> None:
        self.folder = folder
        self.port = 0
        self._binaries = binaries
        self._fsync = fsync
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test{number}" for number in itertools.count(1))
        made = ["initdb", "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self._run(*made)

    def start(self) -> None:
        """Start the server, on its previous port if there was one."""
        for _ in range(PORTS_TRIED):
            port = self.port or _free_port()
            with (self.folder / "log").open("ab") as log:
                command = [str(self._binaries / "postgres"), *self._options(port)]
                self._process = start_guarded(command, by=signal.SIGQUIT, stdout=log, stderr=log, **_unprivileged())
            if self._answers(port):
                self.port = port
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2_000:]}")

    def stop(self) -> None:
        """Shut the server down and wait. Sessions are terminated."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill all processes of the server, like a crash. The next start must recover."""
        self._end(signal.SIGQUIT)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def new_database(self, like: str | None = None) -> str:
        """Create a database and return its URL. It is empty, or a copy of a database without connections."""
        name, template = next(self._names), like.rpartition("/")[2] if like else "template0"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-T", template, name)
        return self.url(name)

    def query(self, url: str, sql: str) -> list[str]:
        """The output lines of psql for a statement, with columns separated by `|`."""
        return self._run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql).splitlines()

    def _options(self, port: int) -> list[str]:
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "max_connections": 200,
        }
        if not self._fsync:  # small settings for tests, which run many servers
            settings |= {"shared_buffers": "64MB", "fsync": "off", "full_page_writes": "off"}
        return ["-D", str(self.folder / "data"), *(f"--{name}={value}" for name, value in settings.items())]

    def _answers(self, port: int) -> bool:
        """Wait until the server accepts connections. Returns False if it ended instead."""
        assert self._process is not None
        asked = [str(self._binaries / "pg_isready"), "-q", "-h", str(self.folder), "-p", str(port), "-t", "1"]
        for _ in range(START_SECONDS * 50):
            if self._process.poll() is not None:
                return False
            if subprocess.run(asked, check=False).returncode == 0:
                return True
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
        self.kill()
        return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with self._process:  # its end ends the guard, too
                self._process.send_signal(how)
                self._process.wait(STOP_SECONDS)
            self._process = None

    def _run(self, program: str, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self._binaries / program, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            **_unprivileged(),
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout


@contextmanager
def postgres_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """A server for the duration of the block. Raises NotInstalled.

    `fsync`: for tests that kill the server, and for measurements. Without it, commits do not survive a crash of the machine.
    """
    binaries = _binaries()
    if binaries is None:
        raise NotInstalled("PostgreSQL is not installed (apt-get install postgresql)")
    with temporary_folder() as folder:
        if os.geteuid() == 0:
            os.chown(folder, *_owner())
        server = PostgresServer(folder, binaries, fsync=fsync)
        try:
            server.start()
            yield server
        finally:
            server.kill()


def _binaries() -> Path | None:
    """The folder with the newest version of the server's programs, which Debian does not add to the PATH."""
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    newest_first = sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    return next(
        (folder for folder in [*on_path, *newest_first] if all((folder / name).exists() for name in PROGRAMS)), None
    )


def _unprivileged() -> dict[str, Any]:
    """Arguments to run a program as a different user if this process is root, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user, group = _owner()
    return {"user": user, "group": group, "extra_groups": []}


def _owner() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            held = pwd.getpwnam(name)
        except KeyError:
            continue
        return held.pw_uid, held.pw_gid
    raise RuntimeError("expected a system user named nobody")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
