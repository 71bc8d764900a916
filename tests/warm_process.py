"""Runs the command line in real processes that are forked from one which has imported it already.

Most tests of the command line do not test how Python starts, but each start costs more than what the test looks at. A
command that runs here still has its own process: its own folder, environment, signals, output, and exit code. Tests that
need the interpreter as a user starts it take the fixture `scimulator_from_cold`.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import itertools
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

PACKAGES = ("reference_server", "simulator", "conformance")
COLD = ("__main__", "checks", "defects")  # entry points, and what a run collects by itself
OUTPUTS = ("stdin", "stdout", "stderr")


class Request(NamedTuple):
    """A command to start; `files` is the folder that holds its stdin and receives its output."""

    arguments: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    files: str


def run_command(
    *arguments: str,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 600,
) -> subprocess.CompletedProcess[str]:
    """Like `subprocess.run([python, "-m", "scimulator", *arguments], …)` with captured output; `timeout` in seconds."""
    process = start_command(*arguments, cwd=cwd, env=env, stdin=stdin)
    stdout, stderr = process.communicate(timeout)
    assert process.returncode is not None
    return subprocess.CompletedProcess(["scimulator", *arguments], process.returncode, stdout, stderr)


def start_command(
    *arguments: str, cwd: Path | str | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> WarmProcess:
    """Start a command and return at once, for tests that interrupt it."""
    return warm_starter().start(arguments, str(cwd or Path.cwd()), os.environ if env is None else env, stdin)


@functools.cache
def warm_starter() -> WarmStarter:
    """The one starter of this process, made when the first test needs it; the end of the session closes it."""
    return WarmStarter()


class WarmProcess:
    """One command that runs; the part of `subprocess.Popen` that tests need."""

    def __init__(self, owner: WarmStarter, pid: int, files: Path) -> None:
        self._owner, self.pid, self._files = owner, pid, files
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Both outputs, once the process has ended. After `timeout` seconds, kills it and raises TimeoutExpired."""
        self.returncode = self._owner.wait(self.pid, timeout)
        return (self._files / "stdout").read_text("utf-8"), (self._files / "stderr").read_text("utf-8")


class WarmStarter:
    """The process that has imported everything and forks a command for each request."""

    def __init__(self) -> None:
        self._channel, theirs = Pipe()
        command = [sys.executable, "-m", "tests.warm_process", str(theirs.fileno())]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(command, cwd=root, pass_fds=[theirs.fileno()])
        theirs.close()
        self._home = tempfile.TemporaryDirectory(prefix="scimulator-commands-")
        self._numbers = itertools.count(1)
        self._codes: dict[int, int] = {}  # process id → exit code, negative for the signal that ended it

    def start(self, arguments: tuple[str, ...], cwd: str, env: Mapping[str, str], stdin: str) -> WarmProcess:
        files = Path(self._home.name) / str(next(self._numbers))
        files.mkdir()
        for name in OUTPUTS:
            (files / name).write_text(stdin if name == "stdin" else "", "utf-8")
        self._channel.send(Request(arguments, cwd, dict(env), str(files)))
        while (started := self._receive()) is None:
            pass
        return WarmProcess(self, started, files)

    def wait(self, pid: int, timeout: float) -> int:
        """The exit code of a process. After `timeout` seconds, kills it and raises TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while pid not in self._codes:
            if not self._channel.poll(max(0, deadline - time.monotonic())):
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired("scimulator", timeout)
            self._receive()
        return self._codes.pop(pid)

    def close(self) -> None:
        """End the starter."""
        self._channel.close()
        self._process.wait()
        self._home.cleanup()

    def _receive(self) -> int | None:
        """Read one message: the id of a process that was started, or (id, exit code) of one that ended, which is kept."""
        message: int | tuple[int, int] = self._channel.recv()
        if isinstance(message, int):
            return message
        self._codes[message[0]] = message[1]
        return None


def _warm_up() -> None:
    """Import what commands import, and let the suite collect its checks once."""
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, package + "."):
            if not any(part in COLD for part in module.name.split(".")):
                importlib.import_module(module.name)
    from scimulator import COMMANDS, command_line

    for module_name, _ in COMMANDS.values():
        if module_name:
            importlib.import_module(module_name)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        for arguments in (["check", "--list"], ["explain", "WARN"]):
            with suppress(SystemExit):
                command_line(arguments)(arguments, standalone_mode=False)


def _serve(channel: Connection[Any, Any]) -> Request:
    """Fork a process for each request and report when it ends. Returns in the forked process, with its request."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready = wait([channel, ended])
        if ended in ready:
            os.read(ended, 1024)
            _report_ended(channel)
        if channel not in ready:
            continue
        try:
            request: Request = channel.recv()
        except EOFError:
            sys.exit(0)
        if (pid := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for descriptor in (ended, wake):
                os.close(descriptor)
            channel.close()
            return request
        channel.send(pid)


def _report_ended(channel: Connection[Any, Any]) -> None:
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            channel.send((found[0], os.waitstatus_to_exitcode(found[1])))


def _become(request: Request) -> None:
    """Take over the folder, environment, input, and output of the request."""
    for number, name in enumerate(OUTPUTS):
        mode = os.O_RDONLY if name == "stdin" else os.O_WRONLY | os.O_APPEND
        descriptor = os.open(Path(request.files) / name, mode)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.env)
    sys.argv = ["scimulator", *request.arguments]
    sys.modules["__main__"].__package__ = ""  # usage lines name the program after it


def _run() -> int:
    """Run the command of `sys.argv`; the exit code that the interpreter would give."""
    import scimulator

    try:
        scimulator.main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def main() -> NoReturn:
    """Serve until the tests end; in each forked process, run the command."""
    channel: Connection[Any, Any] = Connection(int(sys.argv[1]))
    _warm_up()
    gc.collect()
    gc.freeze()
    _become(_serve(channel))
    code = _run()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # to take the interpreter apart would copy every page that the processes share


if __name__ == "__main__":
    main()
