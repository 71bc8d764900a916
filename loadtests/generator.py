"""Locust as a child process: started headless, its progress passed on, its figures read; importing it patches everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.operations import THROTTLED

PROGRESS = "progress:"  # how the child marks lines that are for people
LOCUSTFILE = Path(__file__).parent / "locustfile.py"
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
    """What a run did: figures by operation, errors by name, the target's ids by number, what it created itself."""

    seconds: float
    generator_share: float
    operations: list[dict[str, Any]]
    errors: dict[str, int]
    finished: bool
    gave_up: bool
    failed: int
    made: list[str] = field(default_factory=list)
    user_ids: dict[int, str] = field(default_factory=dict)
    group_ids: dict[int, str] = field(default_factory=dict)

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
    url: str, token: str, path: Path, *, users: int, seed: int, concurrency: int, tell: Callable[[str], None]
) -> Result:
    """Provision; `path` is where the child leaves its figures. Raises GeneratorFailed, Interrupted."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--host", url]
    command += ["-u", str(concurrency), "-r", str(concurrency), "--only-summary", "--loglevel", "CRITICAL"]
    command += ["--people", str(users), "--seed", str(seed), "--result", str(path)]
    child = subprocess.Popen(
        command,
        env=_environment(token),
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
    result = _read(path)
    if result is None:
        words = next((line for line in reversed(said) if line), "it said nothing")
        raise GeneratorFailed(
            f"Locust ended with {child.returncode} and left no figures: {words.replace(token, '***')}"
        )
    return result


def _environment(token: str) -> dict[str, str]:
    """The token, and none of the user's own LOCUST_ settings: they would change what is measured."""
    held = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    root = str(LOCUSTFILE.parent.parent)  # Locust runs the file by its path, wherever the command was called
    paths = [root, *filter(None, [held.get("PYTHONPATH")])]
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
    for name in ("user_ids", "group_ids"):
        value[name] = {int(number): target for number, target in value[name].items()}
    return Result(**value)
