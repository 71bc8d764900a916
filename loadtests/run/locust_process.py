"""Runs Locust headless in a child process, because importing it patches the standard library. Reads its progress and results."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loadtests.locust.progress import PREFIX
from loadtests.measurements.result import Result, result_from_json
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection
from loadtests.target.target import Refused
from reference_server.lifeline import Lifeline
from secrecy.lost_output import OutputLost

LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"
# -P: in this package's directory, `import locust` must not import our own folder of that name.
LOCUST = (sys.executable, "-P", "-m", "locust")
MASTER_PORT = 5557  # Locust's
FINISH_SECONDS = 10  # for the units under way at the end, whose resources would otherwise stay unknown
STOP_SECONDS = FINISH_SECONDS + 10
# How each Locust process ends: a sender finishes its unit of work.
ENDS = ("--stop-timeout", str(FINISH_SECONDS))


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """Parse HOST or HOST:PORT of the leader. Raises Refused."""
    host, _, port = (text if ":" in text else f"{text}:{MASTER_PORT}").rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise Refused(f'{option}: expected HOST or HOST:PORT such as 10.0.0.5:{MASTER_PORT}, got "{text}"')
    return host, int(port)


class GeneratorFailed(Exception):
    """Locust ended without results. The message contains its last output."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or lost output, while requests were sent. `result` holds the results so far, if Locust could still write them."""

    def __init__(self, result: Result | None) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class Processes:
    """The number of concurrent requests, and the processes that share them.

    With `remote_workers` instead of `workers`, the run waits at `listen` (HOST or HOST:PORT) for this many workers of other
    machines.
    """

    concurrency: int = 8
    workers: int = 1
    remote_workers: int = 0
    listen: str = "*"

    @property
    def address(self) -> tuple[str, int]:
        """The host and port at which workers of other machines connect. Raises Refused."""
        return host_and_port("--listen", self.listen)

    def locust_options(self) -> list[str]:
        """Locust's options for users (concurrent requests) and processes. Raises Refused."""
        host, port = self.address
        lanes = str(max(self.concurrency, self.workers, self.remote_workers))
        words = ["-u", lanes, "-r", lanes]
        if self.remote_workers:
            words += ["--master", "--expect-workers", str(self.remote_workers)]
            words += ["--master-bind-host", host, "--master-bind-port", str(port)]
        elif self.workers > 1:
            free = str(_free_port())
            words += ["--processes", str(self.workers), "--master-bind-host", "127.0.0.1"]
            words += ["--master-bind-port", free, "--master-port", free]
        return words


def run_locust(
    target: Connection,
    path: Path,
    settings: Settings,
    processes: Processes,
    tell: Callable[[str], None],
    tenants_file: Path | None = None,
) -> Result:
    """Run a scenario. The child process writes its results to `path`; `tell` gets its progress.

    `tenants_file` has a connection for each tenant (loadtests/target/connections.py). Raises GeneratorFailed or
    Interrupted.
    """
    command = [*LOCUST, "-f", str(LOCUSTFILE), "--headless", "--host", target.url, *processes.locust_options()]
    command += [*ENDS, "--only-summary", "--loglevel", "CRITICAL", "--result", str(path), *_scenario_options(settings)]
    line = Lifeline()
    child = subprocess.Popen(
        command,
        env={**environment(target.token, tenants_file), **line.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches only this process, which stops the child in order and reads its results
        pass_fds=line.descriptors,
    )
    line.handed_over()
    try:
        said = _follow(child, tell)
    except (KeyboardInterrupt, OutputLost) as error:
        _stop(child)
        raise Interrupted(_read(path)) from error
    except BaseException:
        _stop(child)
        raise
    finally:
        if child.stderr is not None:
            child.stderr.close()
    result = _read(path)
    if result is None:
        words = next((line for line in reversed(said) if line), "no output")  # redacted when it is printed
        raise GeneratorFailed(f"Locust ended with exit code {child.returncode} and without results: {words}")
    return result


def _scenario_options(settings: Settings) -> list[str]:
    """The settings as options for loadtests/locust/options.py. Tenants come from the file."""
    values = {
        "--scenario": settings.scenario,
        "--people": settings.users,
        "--seed": settings.seed,
        "--rate": settings.rate,
        "--seconds": settings.seconds,
        "--warm-up": settings.warm_up,
        "--cycles": settings.cycles,
        "--patience": settings.patience_s,
    }
    words = [word for name, value in values.items() for word in (name, str(value))]
    return words if settings.groups else [*words, "--without-groups"]


def _follow(child: subprocess.Popen[str], tell: Callable[[str], None]) -> list[str]:
    """Wait for the child process and forward its progress. Returns its other output."""
    assert child.stderr is not None
    said = []
    for line in child.stderr:
        if line.startswith(PREFIX):  # other lines are Locust's own table, which the report replaces
            tell(line.removeprefix(PREFIX).rstrip())
        else:
            said.append(line.strip())
    child.wait()
    return said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(token: str, tenants_file: Path | None) -> dict[str, str]:
    """The environment with the token and without the user's LOCUST_ settings, which would change the measurement."""
    held = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "SCIM_TENANTS"))}
    root = str(LOCUSTFILE.parent.parent)  # makes imports work in every current directory
    paths = [root, *filter(None, [held.get("PYTHONPATH")])]
    if tenants_file is not None:
        held["SCIM_TENANTS"] = str(tenants_file)
    return {**held, "SCIM_TOKEN": token, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(paths)}


def _stop(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _read(path: Path) -> Result | None:
    try:
        return result_from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None
