"""Starts a real server process on a free port with a temporary data folder. The other packages use the server through it.

It starts the server by module name. It imports only the lifeline, which ends the server together with its caller.
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
    """The URLs and tokens of the server. `base_url` is the SCIM base URL of its first connection."""

    base_url: str
    token: str = field(repr=False)
    admin_url: str
    admin_token: str = field(repr=False)
    control_url: str | None
    control_token: str | None = field(repr=False)
    pid: int


class ServerDidNotStart(Exception):
    """The process ended or did not become ready in time; the message contains its last output."""


@contextmanager
def embedded_server(
    *, data: Path | str | None = None, virtual_clock_start: datetime | None = None, arguments: Sequence[str] = ()
) -> Iterator[EmbeddedServer]:
    """Start `python -m reference_server`, yield when it accepts requests, then stop it and delete its folder.

    `data` is a folder, which is not deleted, or the URL of a database. `virtual_clock_start` (timezone-aware) turns the
    virtual clock on at that time. `arguments` are further options of `serve`. Raises ServerDidNotStart.
    """
    with restartable_server(data=data, virtual_clock_start=virtual_clock_start, arguments=arguments) as running:
        yield running.server


@contextmanager
def restartable_server(
    *,
    data: Path | str | None = None,
    virtual_clock_start: datetime | None = None,
    arguments: Sequence[str] = (),
    in_memory: bool = False,
) -> Iterator[RestartableServer]:
    """Like `embedded_server`, but yields a server that can be killed and restarted with the same data.

    With `in_memory`, its temporary folder is kept in memory if possible.
    """
    with temporary_folder(in_memory=in_memory) as home:
        running = RestartableServer(home, data or home / "data", tuple(arguments))
        try:
            running.start(virtual_clock_start)
            yield running
        finally:
            running.end()


class RestartableServer:
    """One server over one folder that can be restarted any number of times; `server` has its current URLs."""

    def __init__(self, home: Path, data: Path | str, arguments: tuple[str, ...]) -> None:
        self._home, self._data, self._arguments = home, data, arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: Lifeline | None = None
        self.server: EmbeddedServer

    def start(self, clock_start: datetime | None) -> None:
        """Start the server. A restart uses the same address and tokens. Raises ServerDidNotStart."""
        ready, before = self._home / "ready.json", getattr(self, "server", None)
        ready.unlink(missing_ok=True)
        port = urlsplit(before.base_url).port if before else 0
        command = [sys.executable, "-m", "reference_server", "--port", str(port), "--ready-file", str(ready)]
        command += ["--data", str(self._data), *self._arguments]
        if clock_start:
            command += ["--virtual-clock", "--clock-start", clock_start.isoformat()]
        with (self._home / "server.log").open("ab") as log:
            # In its own session, so that Ctrl-C reaches only the tool, which then stops the server.
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
        if before is not None:  # a restarted server does not report its tokens again
            found = replace(found, token=before.token, admin_token=before.admin_token)
        self.server = found

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        if self._process is not None:
            stop(self._process)
        if self._lifeline is not None:
            self._lifeline.let_go()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process, kill it if it does not end in time, and wait for its end."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """The environment of the caller without variables that configure the tool instead of its server.

    Errors of the command line are not wrapped, so that the last line contains all of one.
    """
    held = {name: value for name, value in os.environ.items() if name not in OF_THE_TOOL}
    return {**held, "COLUMNS": "1000", "TERMINAL_WIDTH": "1000"}


def _await_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> EmbeddedServer:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if ready.exists():
            facts = json.loads(ready.read_text())
            return EmbeddedServer(**{name: facts[name] for name in EmbeddedServer.__dataclass_fields__})
        if process.poll() is not None:
            raise ServerDidNotStart(
                f"the embedded server ended with exit code {process.returncode}: {_last_words(log)}"
            )
        time.sleep(0.01)
    raise ServerDidNotStart(
        f"the embedded server did not become ready within {START_SECONDS:g} seconds: {_last_words(log)}"
    )


def _last_words(log: Path) -> str:
    lines = [" ".join(line.strip("│╭╰─╮╯ ").split()) for line in log.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it wrote no message")
