"""No program leaves a process or a folder behind, however it is ended while its children work."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.tape.tape import write_tape
from tests.simulator.tape.made_up_tape import BASE, exchange

CLIENT = "command=tail; $command -f /dev/null & wait"  # a client with a process of its own
# name → module and arguments, and a word of the command line of the child that must be at work before the program is ended
TOOLS = {
    "simulate": ("scimulator simulate company-year", "reference_server"),
    "check": ("scimulator check", "reference_server"),
    "check-client": (f"scimulator check-client --situation steady -- sh -c '{CLIENT}'", "tail -f"),
    "load": ("scimulator load --users 5000 --workers 2", "locust"),
    "join": ("scimulator load --join 127.0.0.1:9 --token none --workers 2", "locust"),
    "provision": ("scimulator provision 7", "reference_server"),
    "self-test": ("scimulator check --self-test -k e", "spawn_main"),
    "demo": ("scimulator demo", "scimulator check"),
    "replay": ("scimulator replay long.tape", "reference_server"),
    "serve": ("scimulator serve --port 0 --data data", ""),  # one process without children
    "serve workers": ("scimulator serve --port 0 --workers 2 --data DATABASE", "forkserver"),
    "defect": ("scimulator defect --port 0 group-remove-with-value-clears-all", "reference_server"),
    "ui": ("scimulator ui --port 0", "reference_server"),
    "random servers": ("conformance.self_test --random 9", "spawn_main"),
    "bench side_by_side": ("loadtests.bench.side_by_side --users 90000", "reference_server"),
    "bench growth": ("loadtests.bench.growth", "reference_server"),
    "bench workers": ("loadtests.bench.growth --server 'on PostgreSQL, 2 processes'", "forkserver"),
    "bench database": ("loadtests.bench.database", "reference_server"),
    "bench scale": ("loadtests.bench.scale", "reference_server"),
    "bench sync": ("loadtests.bench.sync", "reference_server"),
    "bench engine": ("loadtests.bench.engine", "instant_target"),
    "bench generator": ("loadtests.bench.generator --users 9", "locust"),
    "bench where": ("loadtests.bench.where", "sampled_server"),
}
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SOME = {
    ("simulate", signal.SIGHUP),
    ("check", signal.SIGTERM),
    ("check-client", signal.SIGKILL),
    ("load", signal.SIGKILL),
    ("self-test", signal.SIGKILL),
    ("replay", signal.SIGINT),
    ("ui", signal.SIGKILL),
    ("bench growth", signal.SIGTERM),
}
CASES = [
    pytest.param(tool, number, marks=[] if (tool, number) in SOME else pytest.mark.full)
    for tool in TOOLS
    for number in SIGNALS
]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users can enter, unlike those of pytest: PostgreSQL does not run as root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(("tool", "number"), CASES)
def test_nothing_is_left(place: Path, tool: str, number: signal.Signals, request: pytest.FixtureRequest) -> None:
    command, child = TOOLS[tool]
    if "DATABASE" in command:
        command = command.replace("DATABASE", request.getfixturevalue("postgres").new_database())
    if tool == "replay":
        listed = exchange("GET", "/Users?count=1", answer={"totalResults": 0, "Resources": []})
        write_tape(place / "long.tape", BASE, [listed] * 8_000)
    process = start(place, command)
    family = with_child(process, child)
    process.send_signal(number)
    code = process.wait(600)
    assert code == 130 or number == signal.SIGKILL or not tool.startswith("bench")
    assert_gone(family, place)
    left = folders(place)
    if number == signal.SIGKILL and left:  # what only the tool itself had open goes with the next tool
        subprocess.run([sys.executable, "-m", "scimulator", "simulate", "mover"], **at(place), check=True)
        left = folders(place)
    assert left == set()


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(tool, marks=[] if tool == "bench growth" else pytest.mark.full)
        for tool in ("simulate", "check", "load", "bench growth", "bench engine", "bench side_by_side", "bench where")
    ],
)
def test_nothing_is_left_after_an_error(place: Path, tool: str) -> None:
    """The child that the program needs is killed."""
    command, child = TOOLS[tool]
    process = start(place, command)
    family = with_child(process, child)
    next(member for member in family if child in " ".join(member.cmdline())).kill()
    assert process.wait(600) != 0
    assert_gone(family, place)
    assert folders(place) == set()


def assert_gone(family: list[psutil.Process], place: Path) -> None:
    _, alive = psutil.wait_procs(family, timeout=600)
    assert alive == []
    _, alive = psutil.wait_procs(named_after(place), timeout=600)  # what a child started after `family` was listed
    assert alive == []


def folders(place: Path) -> set[str]:
    """The temporary folders that are left."""
    return {path.name for path in place.glob("scimulator-*")}


def named_after(place: Path) -> list[psutil.Process]:
    """The processes whose command line names a file of this test."""
    return [one for one in psutil.process_iter(["cmdline"]) if str(place) in " ".join(one.info["cmdline"] or ())]


def at(place: Path) -> dict[str, Any]:
    """Where and how a tool runs: its temporary folders are the test's own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return {"cwd": place, "env": {**variables, "TMPDIR": str(place)}, "stdout": subprocess.DEVNULL}


def start(place: Path, command: str) -> psutil.Popen:
    return psutil.Popen([sys.executable, "-m", *shlex.split(command)], **at(place), start_new_session=True)


def with_child(process: psutil.Popen, word: str) -> list[psutil.Process]:
    """All processes below the tool, once one of them has the word in its command line; "": once the tool listens."""
    while True:
        family = process.children(recursive=True)
        if not word and any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp")):
            return list(family)
        for member in family:
            try:
                if word in " ".join(member.cmdline()):
                    return list(family)
            except psutil.NoSuchProcess:
                continue
        try:
            process.wait(0.05)
        except psutil.TimeoutExpired:
            continue
        raise AssertionError(f"the tool ended with {process.returncode} before {word} was at work")
