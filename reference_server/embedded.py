"""The door for the other rooms: a real server process on a free port with a throw-away data folder.

It starts the server by module name and imports nothing of it but the lifeline, by which the server ends with its caller.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from reference_server.lifeline import Lifeline
from secrecy.temporary import temporary_folder

START_SECONDS = 60.0
OF_THE_TOOL = ("SCIM_URL", "SCIM_TOKEN", "SCIM_ADMIN_TOKEN")


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Where the server is; `base_url` is the SCIM base of its first connection, tokens are fresh for each start."""

    base_url: str
    token: str = field(repr=False)
    admin_url: str
    admin_token: str = field(repr=False)
    control_url: str | None
    control_token: str | None = field(repr=False)
    pid: int


class ServerDidNotStart(Exception):
    """The process ended or said nothing in time; the message holds its last words."""


@contextmanager
def embedded_server(
    *, data: Path | str | None = None, virtual_clock_start: datetime | None = None, arguments: Sequence[str] = ()
) -> Iterator[EmbeddedServer]:
    """Start `python -m reference_server`, yield it once it accepts requests, stop it and remove its folder.

    `data` keeps the folder (which is not removed) or names a database; `virtual_clock_start` (aware) switches the
    virtual clock on at that moment; `arguments` are further flags of `serve`. Raises ServerDidNotStart.
    """
    with restartable_server(data=data, virtual_clock_start=virtual_clock_start, arguments=arguments) as running:
        yield running.server


@contextmanager
def restartable_server(
    *, data: Path | str | None = None, virtual_clock_start: datetime | None = None, arguments: Sequence[str] = ()
) -> Iterator[RestartableServer]:
    """Like `embedded_server`, but what is yielded can be killed and started again over the same data."""
    with temporary_folder() as home:
        running = RestartableServer(home, data or home / "data", tuple(arguments))
        try:
            running.start(virtual_clock_start)
            yield running
        finally:
            running.end()


class RestartableServer:
    """One server over one folder, through as many lives as it takes; `server` says where it is now."""

    def __init__(self, home: Path, data: Path | str, arguments: tuple[str, ...]) -> None:
        self._home, self._data, self._arguments = home, data, arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: Lifeline | None = None
        self.server: EmbeddedServer

    def start(self, clock_start: datetime | None) -> None:
        """Start it; at another start it has the same address and tokens. Raises ServerDidNotStart."""
        ready, before = self._home / "ready.json", getattr(self, "server", None)
        ready.unlink(missing_ok=True)
        port = urlsplit(before.base_url).port if before else 0
        command = [sys.executable, "-m", "reference_server", "--port", str(port), "--ready-file", str(ready)]
        command += ["--data", str(self._data), *self._arguments]
        if clock_start:
            command += ["--virtual-clock", "--clock-start", clock_start.isoformat()]
        with (self._home / "server.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the tool, which then stops the server in order.
            line = Lifeline(self._home)
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**_environment(), **line.environment},
                pass_fds=line.descriptors,
            )
            line.handed_over()
            self._lifeline = line
        found = _await_ready(self._process, ready, self._home / "server.log")
        if before is not None:  # tokens are stored and not told again
            found = replace(found, token=before.token, admin_token=before.admin_token)
        self.server = found

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        if self._process is not None:
            stop(self._process)
        if self._lifeline is not None:
            self._lifeline.let_go()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then make it; returns when it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """The caller's environment without options that are meant for the tool, not for its server."""
    return {name: value for name, value in os.environ.items() if name not in OF_THE_TOOL}


def _await_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> EmbeddedServer:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if ready.exists():
            facts = json.loads(ready.read_text())
            return EmbeddedServer(**{name: facts[name] for name in EmbeddedServer.__dataclass_fields__})
        if process.poll() is not None:
            raise ServerDidNotStart(f"the embedded server ended with {process.returncode}: {_last_words(log)}")
        time.sleep(0.01)
    raise ServerDidNotStart(f"the embedded server was not ready within {START_SECONDS:g} s: {_last_words(log)}")


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
