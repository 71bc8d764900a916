"""The door for the other rooms: a real server process on a free port with a throw-away data folder.

It starts the server by module name and imports nothing of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

START_SECONDS = 20.0


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
    *, data: Path | None = None, virtual_clock_start: datetime | None = None, arguments: Sequence[str] = ()
) -> Iterator[EmbeddedServer]:
    """Start `python -m reference_server`, yield it once it accepts requests, stop it and remove its folder.

    `data` keeps the folder (and is not removed); `virtual_clock_start` (aware) switches the virtual clock on at that
    moment; `arguments` are further flags of `serve`. Raises ServerDidNotStart.
    """
    home = Path(tempfile.mkdtemp(prefix="scimulator-"))
    ready = home / "ready.json"
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--ready-file", str(ready)]
    command += ["--data", str(data or home / "data"), *arguments]
    if virtual_clock_start:
        command += ["--virtual-clock", "--clock-start", virtual_clock_start.isoformat()]
    log = (home / "server.log").open("w+b")
    # A session of its own: Ctrl-C reaches the tool, which then stops the server in order.
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=_environment())
    try:
        yield _await_ready(process, ready, home / "server.log")
    finally:
        stop(process)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


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
    return {name: value for name, value in os.environ.items() if name not in ("SCIM_URL", "SCIM_TOKEN")}


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
