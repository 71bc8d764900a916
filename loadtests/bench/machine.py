"""Describes the machine of a benchmark, and assigns cores to processes."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

STACK = ("starlette", "uvicorn", "uvloop", "httptools", "orjson")


def machine_line() -> str:
    """A description of the machine: processor, cores, and versions."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {versions(*STACK)}"
    )


def versions(*packages: str) -> str:
    """The name and version of each Python package. Raises PackageNotFoundError."""
    return ", ".join(f"{name} {version(name)}" for name in packages)


def resident(pid: int) -> int:
    """The resident memory of a process in bytes (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process, including its threads that have ended (Linux). Raises OSError if there is no such process."""
    return time.clock_gettime((~pid << 3) | 2)  # the clock that clock_getcpuclockid(3) returns


@contextmanager
def two_cores() -> Iterator[tuple[set[int], set[int]]]:
    """The cores for servers and client: one each if the system has two and allows pinning. Resets the pinning afterwards."""
    if not hasattr(os, "sched_setaffinity"):
        yield set(), set()
        return
    all_cores = os.sched_getaffinity(0)
    first, *others = sorted(all_cores)
    try:
        yield ({first}, {others[0]}) if others else ({first}, {first})
    finally:
        os.sched_setaffinity(0, all_cores)


def run_on(cores: set[int]) -> None:
    """Pin this process and every child process that it starts from now on."""
    if cores:
        os.sched_setaffinity(0, cores)
