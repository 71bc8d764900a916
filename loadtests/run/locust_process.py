"""Locust as a child process: started headless, its progress passed on, its figures read; importing it patches everything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.measurements.time_series import Series, Total
from loadtests.measurements.time_series_json import series_of, totals_of
from loadtests.scenarios.operations import THROTTLED
from loadtests.scenarios.workload import Made

PROGRESS = (
    "progress:"  # how the child marks lines that are for people (loadtests/locust/progress.py, which needs Locust)
)
LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"
# -P: called from within this package's folder, `locust` must not mean our own folder of that name.
LOCUST = (sys.executable, "-P", "-m", "locust")
MASTER_PORT = 5557  # Locust's
STOP_SECONDS = 5.0
SATURATED = 0.9  # of a core: from here on the generator was the limit, not the target


class GeneratorFailed(Exception):
    """Locust ended without figures; the message holds its last words."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while requests were sent; `result` holds what had been done, where Locust could still write it."""

    def __init__(self, result: Result | None) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: figures by operation, errors by name, the target's ids by number, what it created itself.

    `revisions`, `inactive`, `joined` and `left_groups` are what the scenario made of the directory (Workload);
    `leaver_seconds` how long each leaver, by number, stayed active after all of them
    had left (None: to the end). `tenants` is by tenant, from 0; `lost` the workers that ended before their work.
    """

    seconds: float
    generator_share: float
    operations: list[dict[str, Any]]
    errors: dict[str, int]
    finished: bool
    gave_up: bool
    failed: int
    made: list[Made] = field(default_factory=list)
    user_ids: dict[int, str] = field(default_factory=dict)
    group_ids: dict[int, str] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)
    inactive: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    left_groups: list[tuple[int, int]] = field(default_factory=list)
    leaver_seconds: dict[int, float | None] = field(default_factory=dict)
    series: Series = field(default_factory=Series)
    tenants: dict[int, Total] = field(default_factory=dict)
    lost: int = 0

    @property
    def still_active(self) -> list[int]:
        """Leavers, by number, whom the target never showed inactive."""
        return [index for index, seconds in self.leaver_seconds.items() if seconds is None]

    @property
    def requests(self) -> int:
        return sum(item["count"] for item in self.operations)

    @property
    def throttled(self) -> int:
        return sum(item["count"] for item in self.operations if item["name"] == THROTTLED)

    @property
    def saturated(self) -> bool:
        return self.generator_share >= SATURATED


def run_locust(
    url: str,
    token: str,
    path: Path,
    *,
    users: int,
    seed: int,
    concurrency: int,
    tell: Callable[[str], None],
    scenario: str = "initial-cycle",
    workers: int = 1,
    rate: float = 0.0,
    seconds: float = 60.0,
    warm_up: float = 0.0,
    cycles: int = 5,
    tenants_file: Path | None = None,
    patience_s: float = 60.0,
    remote_workers: int = 0,
    listen: tuple[str, int] = ("*", MASTER_PORT),
) -> Result:
    """Run a scenario; `path` is where the child leaves its figures.

    `rate` 0 sends as fast as it is answered; `tenants_file` names a connection per tenant (loadtests/target/connections.py);
    `patience_s` is how long a leaver may stay active. `remote_workers` instead of `workers`: waits for so many from
    other machines, at host and port `listen`. Raises GeneratorFailed, Interrupted.
    """
    lanes = str(max(concurrency, workers, remote_workers))
    command = [*LOCUST, "-f", str(LOCUSTFILE), "--headless", "--host", url]
    command += ["-u", lanes, "-r", lanes]
    command += ["--only-summary", "--loglevel", "CRITICAL", "--result", str(path), "--scenario", scenario]
    command += ["--people", str(users), "--seed", str(seed), "--rate", str(rate), "--seconds", str(seconds)]
    command += ["--warm-up", str(warm_up), "--cycles", str(cycles)]
    command += ["--patience", str(patience_s)]
    if remote_workers:
        host, port = listen
        command += ["--master", "--expect-workers", str(remote_workers)]
        command += ["--master-bind-host", host, "--master-bind-port", str(port)]
    elif workers > 1:
        free = str(_free_port())
        command += ["--processes", str(workers), "--master-bind-host", "127.0.0.1", "--master-bind-port", free]
        command += ["--master-port", free]
    child = subprocess.Popen(
        command,
        env=environment(token, tenants_file),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the child in order and still get its figures
    )
    said = []
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith(PROGRESS):  # the rest is Locust's own table, which we print in our words
                tell(line.removeprefix(PROGRESS).rstrip())
            else:
                said.append(line.strip())
        child.wait()
    except KeyboardInterrupt:
        _stop(child)
        raise Interrupted(_read(path)) from None
    except BaseException:
        _stop(child)
        raise
    finally:
        if child.stderr is not None:
            child.stderr.close()
    result = _read(path)
    if result is None:
        words = next((line for line in reversed(said) if line), "it said nothing")
        raise GeneratorFailed(
            f"Locust ended with {child.returncode} and left no figures: {words.replace(token, '***')}"
        )
    return result


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(token: str, tenants_file: Path | None) -> dict[str, str]:
    """The token, and none of the user's own LOCUST_ settings: they would change what is measured."""
    held = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "SCIM_TENANTS"))}
    root = str(LOCUSTFILE.parent.parent)  # Locust runs the file by its path, wherever the command was called
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
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    for name in ("user_ids", "group_ids", "revisions", "leaver_seconds"):
        value[name] = {int(number): held for number, held in value[name].items()}
    value["series"], value["tenants"] = series_of(value["series"]), totals_of(value["tenants"])
    value["made"] = [Made(*made) for made in value["made"]]
    value["left_groups"] = [(group, person) for group, person in value["left_groups"]]
    return Result(**value)
