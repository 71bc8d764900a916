"""A real PostgreSQL for tests: one server a process, in a folder of its own, on a free port; started when first asked for."""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg  # noqa: F401  compiled against the real datetime: before a test freezes it
import pytest

NEEDED = "PostgreSQL is not installed (apt-get install postgresql): the tests of the store in a database need initdb and pg_ctl"
REQUIRED = os.environ.get("SCIMULATOR_POSTGRES_TESTS") == "required"
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off")  # what is killed here is never the machine


class PostgresServer:
    """One server; `options` are settings like `fsync=on`. Everybody on this machine may connect as `scimulator`."""

    def __init__(self, binaries: Path, *options: str) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="scimulator-postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._data, self._numbers = str(self._folder / "data"), itertools.count(1)
        self._run(
            "initdb", "-D", self._data, "-U", "scimulator", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"
        )
        said = f"listen_addresses=127.0.0.1 port={self.port} unix_socket_directories={self._folder} max_connections=200"
        self._options = " ".join(f"-c {option}" for option in (*said.split(), *options))
        self.start()

    def start(self) -> None:
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", self._data, "-o", self._options, "-l", log, "-w", "-t", "30", "start")
        pid = Path(self._data, "postmaster.pid").read_text().splitlines()[0]
        # Its standard input ends with this process, however that comes about.
        self._watch = subprocess.Popen(["sh", "-c", f"read -r _; kill -QUIT {pid}"], stdin=subprocess.PIPE)

    def stop(self) -> None:
        """As a crash: connections are cut, nothing is waited for."""
        self._watch.kill()
        self._watch.wait()
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def end(self) -> None:
        if Path(self._data, "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self, like: str | None = None) -> str:
        """The URL of an empty database, or of a copy of another that nobody is connected to."""
        name, template = f"test_{next(self._numbers)}", like.rpartition("/")[2] if like else "template0"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "scimulator", "-T", template, name)
        return f"postgresql://scimulator:{SECRET}@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"


SECRET = "hidden-word"  # trusted connections need none; it must not be told


def binaries() -> Path | None:
    """Where initdb and pg_ctl are; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


@cache
def shared_server() -> PostgresServer:
    """The server of this process, for all tests that do not stop it; skips where PostgreSQL is not installed."""
    return new_server(*QUICK)


def new_server(*options: str) -> PostgresServer:
    """A server of its own, ended with this process at the latest."""
    place = binaries()
    if place is None:
        if REQUIRED:
            pytest.fail(NEEDED)
        pytest.skip(NEEDED)
    server = PostgresServer(place, *options)
    atexit.register(server.end)
    return server
