"""The embedded server of a command that was forked: it stands by with everything imported until the command starts it.

A command that is forked from the warm process (tests/warm_process.py) would still start its own server from cold, which
costs more than most of what such a test looks at. The understudy is a child of the command as a real server is: its own
process and session, the log that the command gives it, the lifeline that ends it with the command.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import IO, NoReturn

COMMANDS = (
    "check",
    "chaos",
    "demo",
    "load",
    "provision",
    "replay",
    "shrink",
    "simulate",
)  # start a server without --url
MESSAGE = 1_000_000  # bytes; arguments, environment, and folder


class Started:
    """The part of `subprocess.Popen` that the embedded server uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises subprocess.TimeoutExpired after `timeout` seconds."""
        end = time.monotonic() + (timeout or 3_600)
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("reference_server", timeout or 3_600)
            time.sleep(0.005)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def stand_by(arguments: Sequence[str]) -> bool:
    """Fork the understudy of a command with these arguments; True in the process that is to become the server."""
    if not arguments or arguments[0] not in COMMANDS or "--url" in arguments or "--help" in arguments:
        return False
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # until it is a server, Ctrl-C is the command's affair
        _take_over(theirs)
        return True
    theirs.close()
    _hand_over_at_popen(pid, ours)
    return False


def _hand_over_at_popen(pid: int, channel: socket.socket) -> None:
    """Let the first start of an embedded server wake the understudy; further ones are as ever."""
    import reference_server.embedded as embedded

    waiting = [Started(pid)]

    def popen(
        command: Sequence[str],
        *,
        stdout: IO[bytes],
        stderr: IO[bytes],
        start_new_session: bool,
        env: Mapping[str, str],
        pass_fds: Sequence[int],
    ) -> Started | subprocess.Popen[bytes]:
        if not waiting:
            return subprocess.Popen(
                command,
                stdout=stdout,
                stderr=stderr,
                start_new_session=start_new_session,
                env=env,
                pass_fds=pass_fds,
            )
        assert list(command[:3]) == [sys.executable, "-m", "reference_server"]
        message = {"arguments": command[3:], "env": dict(env), "cwd": os.getcwd(), "numbers": list(pass_fds)}
        socket.send_fds(channel, [json.dumps(message).encode()], [stdout.fileno(), stderr.fileno(), *pass_fds])
        channel.close()
        return waiting.pop()

    vars(embedded)["subprocess"] = SimpleNamespace(Popen=popen, TimeoutExpired=subprocess.TimeoutExpired)


def _take_over(channel: socket.socket) -> None:
    """Wait to be started; a command that ends without a server ends its understudy as well."""
    data, descriptors, _, _ = socket.recv_fds(channel, MESSAGE, 8)
    if not data:
        _leave()
    while True:
        with suppress(ValueError):
            message = json.loads(data)
            break
        data += channel.recv(MESSAGE)
    channel.close()
    for descriptor, number in zip(descriptors, [1, 2, *message["numbers"]], strict=True):
        if descriptor != number:
            os.dup2(descriptor, number)
            os.close(descriptor)
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(message["cwd"])
    os.environ.clear()
    os.environ.update(message["env"])
    sys.argv = ["reference_server", *message["arguments"]]


def _leave() -> NoReturn:
    os._exit(0)
