"""Starts Locust in real processes that are forked from one which has imported it; see tests/warm_process.py.

Importing Locust patches the standard library of the whole process, so what is forked from the other warm process cannot
have it. What starts here still has its own process and session, the output, environment, and lifeline that its parent
gives it, and forks its workers itself. The other end: tests/locust_fork.py. Locust as a user starts it is tested in
tests/loadtests/locust/test_events.py, tests/loadtests/run/test_join_leader.py, and by what `scimulator_from_cold` runs.
"""

from __future__ import annotations

import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import loadtests.run.join_leader as join_leader
import loadtests.run.locust_process as locust_process
from loadtests.run.locust_process import LOCUST
from tests.support import ROOT


@functools.cache
def warm_locust() -> WarmLocust:
    """The one starter of this process, made when the first test needs it; the end of the session closes it."""
    return WarmLocust()


class WarmLocust:
    """The process that has imported Locust. It ends with this process, or at `close`."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="scimulator-locust-")
        self.path = str(Path(self._home.name) / "requests")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as requests:
            requests.bind(self.path)  # what is sent before the process is ready waits here
            number = requests.fileno()
            held = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-m", "tests.locust_fork", str(number)],
                cwd=ROOT,
                env={**held, "PYTHONPATH": str(ROOT)},
                pass_fds=[number],
                stdin=subprocess.PIPE,
            )

    def close(self) -> None:
        self._process.communicate()
        self._home.cleanup()


def start_warm(path: str) -> None:
    """From now on, let this process start Locust by the warm process that listens at `path`."""
    for module in (locust_process, join_leader):
        vars(module)["subprocess"] = stand_in(lambda: path)


def stand_in(path: Callable[[], str]) -> SimpleNamespace:
    """In the place of the module `subprocess`, where Locust is started."""
    return SimpleNamespace(
        Popen=lambda *arguments, **options: StartedLocust(path(), *arguments, **options),
        **{name: getattr(subprocess, name) for name in ("DEVNULL", "PIPE", "TimeoutExpired")},
    )


class StartedLocust:
    """The part of `subprocess.Popen` that a load test needs."""

    def __init__(
        self,
        path: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        start_new_session: bool,
        pass_fds: Sequence[int],
        stdout: int | None = None,
        stderr: int | None = None,
        text: bool = True,
    ) -> None:
        assert tuple(command[: len(LOCUST)]) == LOCUST
        assert start_new_session
        assert (stdout, stderr) in ((None, None), (subprocess.DEVNULL, subprocess.PIPE))
        self.returncode: int | None = None
        self.stderr: Any = None
        told, tell = os.pipe()
        self._told = open(told, "rb", buffering=0)  # noqa: SIM115
        ends = [tell]
        if stderr is None:
            outputs = [1, 2]
        else:
            read, write = os.pipe()
            self.stderr = open(read, encoding="utf-8")  # noqa: SIM115
            outputs = [os.open(os.devnull, os.O_WRONLY), write]
            ends += outputs
        message = {"arguments": command[len(LOCUST) :], "env": dict(env), "cwd": os.getcwd(), "numbers": list(pass_fds)}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(path)
            socket.send_fds(channel, [json.dumps(message).encode()], [tell, *outputs, *pass_fds])
        for descriptor in ends:
            os.close(descriptor)
        self.pid = int(self._told.readline())

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises subprocess.TimeoutExpired after `timeout` seconds."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("locust", timeout or 0)
            line = self._told.readline()
            self._told.close()
            self.returncode = int(line) if line else -signal.SIGKILL
        return self.returncode

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended, and is about to say so
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
