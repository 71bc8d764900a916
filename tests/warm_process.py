"""Runs commands and servers in real processes that are forked from one which has imported everything already.

Most tests do not test how Python starts, but each start costs more than what the test looks at. What runs here still has
its own process: its own folder, environment, signals, output, and exit code. Tests that need the interpreter as a user
starts it take the fixture `scimulator_from_cold`. Servers that commands start for themselves: tests/understudy.py; Locust:
tests/warm_locust.py.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import itertools
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

from reference_server.lifeline import VARIABLE, Lifeline
from tests.exit_code import exit_code
from tests.understudy import stand_by
from tests.warm_locust import start_warm, warm_locust

PACKAGES = ("reference_server", "simulator", "conformance", "live_page")
COLD = ("__main__", "checks", "defects")  # entry points, and what a run collects by itself


class Request(NamedTuple):
    """A process to start; `files` are the paths of its stdin, stdout, and stderr."""

    program: str  # scimulator, reference_server, or code, which is the first of the arguments
    arguments: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    files: tuple[str, str, str]
    locust: str = ""  # where its Locust is started (tests/warm_locust.py)


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
    return subprocess.CompletedProcess(["scimulator", *arguments], process.wait(), stdout, stderr)


def start_command(
    *arguments: str, cwd: Path | str | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> WarmProcess:
    """Start a command and return at once, for tests that interrupt it."""
    starter = warm_starter()
    files = starter.new_files(stdin)
    environment = dict(os.environ if env is None else env)
    locust = warm_locust().path if "load" in arguments[:1] else ""
    return starter.start(Request("scimulator", arguments, str(cwd or Path.cwd()), environment, files, locust))


def run_code(code: str, *arguments: str, cwd: Path | str | None = None) -> int:
    """Like `subprocess.run([python, "-c", code, *arguments])`; the exit code."""
    starter = warm_starter()
    request = Request("code", (code, *arguments), str(cwd or Path.cwd()), dict(os.environ), starter.new_files(""))
    return starter.start(request).wait(600)


def start_server(
    command: Sequence[str],
    *,
    stdout: IO[bytes],
    stderr: IO[bytes],
    start_new_session: bool,
    env: Mapping[str, str],
    pass_fds: Sequence[int],
) -> WarmProcess:
    """In the place of `subprocess.Popen` in `reference_server.embedded`; the lifeline is the starter's own, to the tests."""
    assert start_new_session
    assert pass_fds
    assert list(command[:3]) == [sys.executable, "-m", "reference_server"]
    files = (os.devnull, stdout.name, stderr.name)
    return warm_starter().start(Request("reference_server", tuple(command[3:]), str(Path.cwd()), dict(env), files))


@functools.cache
def warm_starter() -> WarmStarter:
    """The one starter of this process, made when the first test needs it; the end of the session closes it."""
    return WarmStarter()


class WarmProcess:
    """A process that runs; the part of `subprocess.Popen` that tests and the embedded server need."""

    def __init__(self, owner: WarmStarter, pid: int, request: Request) -> None:
        self._owner, self.pid, self._request = owner, pid, request
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for the signal that ended it; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self.returncode = self._owner.wait(self.pid, timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended, and the starter is about to say so
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Both outputs, once the process has ended. After `timeout` seconds, kills it and raises TimeoutExpired."""
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        _, stdout, stderr = self._request.files
        return Path(stdout).read_text("utf-8"), Path(stderr).read_text("utf-8")


class WarmStarter:
    """The process that has imported everything and forks another one for each request."""

    def __init__(self) -> None:
        self._channel, theirs = Pipe()
        self._lifeline = Lifeline()  # ends what was forked when the tests were killed
        command = [sys.executable, "-m", "tests.warm_process", str(theirs.fileno())]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **self._lifeline.environment},
            pass_fds=[theirs.fileno(), *self._lifeline.descriptors],
        )
        self._lifeline.handed_over()
        theirs.close()
        self._home = tempfile.TemporaryDirectory(prefix="scimulator-commands-")
        self._numbers = itertools.count(1)
        self._asking = threading.Lock()
        self._news = threading.Condition()
        self._started: list[int] = []
        self._codes: dict[int, int] = {}  # process id → exit code, negative for the signal that ended it
        threading.Thread(target=self._listen, daemon=True).start()

    def new_files(self, stdin: str) -> tuple[str, str, str]:
        """Files for a process's input and output."""
        folder = Path(self._home.name) / str(next(self._numbers))
        folder.mkdir()
        for name in ("stdin", "stdout", "stderr"):
            (folder / name).write_text(stdin if name == "stdin" else "", "utf-8")
        return str(folder / "stdin"), str(folder / "stdout"), str(folder / "stderr")

    def start(self, request: Request) -> WarmProcess:
        """Start a process; any thread may ask."""
        with self._asking:
            self._channel.send(request)
            with self._news:
                self._news.wait_for(lambda: self._started)
                return WarmProcess(self, self._started.pop(), request)

    def wait(self, pid: int, timeout: float | None) -> int:
        """The exit code of a process; raises subprocess.TimeoutExpired."""
        with self._news:
            if not self._news.wait_for(lambda: pid in self._codes, timeout):
                raise subprocess.TimeoutExpired(f"process {pid}", timeout or 0)
            return self._codes[pid]

    def close(self) -> None:
        """End the starter."""
        self._channel.send(None)
        self._process.wait()
        self._channel.close()
        self._home.cleanup()

    def _listen(self) -> None:
        """Read what the starter reports: the id of a process that began, or (id, exit code) of one that ended."""
        with suppress(EOFError, OSError):
            while True:
                message: int | tuple[int, int] = self._channel.recv()
                with self._news:
                    if isinstance(message, int):
                        self._started.append(message)
                        self._codes.pop(message, None)  # an id can come again
                    else:
                        self._codes[message[0]] = message[1]
                    self._news.notify_all()


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
            request: Request | None = channel.recv()
        except EOFError:  # the tests were killed
            request = None
        if request is None:
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


def _become(request: Request, lifeline: str) -> None:
    """Take over the folder, environment, input, and output of the request."""
    if request.program == "reference_server":
        os.setsid()
    for number, path in enumerate(request.files):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.env)
    if request.program != "code":
        os.environ[VARIABLE] = lifeline
    sys.argv = [request.program, *request.arguments]
    sys.modules["__main__"].__package__ = ""  # usage lines name the program after it


def _run(program: str) -> None:
    """Run the program with `sys.argv`."""
    if program == "scimulator":
        import scimulator

        scimulator.main()
    elif program == "code":
        code = sys.argv.pop(1)
        exec(code, {"__name__": "__main__"})
    else:
        runpy.run_module(program, run_name="__main__")


def main() -> NoReturn:
    """Serve until the tests end; in each forked process, run the command."""
    channel: Connection[Any, Any] = Connection(int(sys.argv[1]))
    lifeline = os.environ.pop(VARIABLE)
    _warm_up()
    gc.collect()
    gc.freeze()
    request = _serve(channel)
    _become(request, lifeline)
    if request.locust:
        start_warm(request.locust)
    is_server = request.program == "scimulator" and stand_by(request.arguments)
    code = exit_code(functools.partial(_run, "reference_server" if is_server else request.program))
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # to take the interpreter apart would copy every page that the processes share


if __name__ == "__main__":
    main()
