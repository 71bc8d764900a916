"""No tool leaves a process or a folder behind, however it is ended while its children work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.tape.tape import write_tape
from tests.simulator.tape.made_up_tape import BASE, exchange

# tool → its arguments, and a word of the command line of the child that must be at work before the tool is ended
TOOLS = {
    "simulate": (["simulate", "company-year"], "reference_server"),
    "check": (["check"], "reference_server"),
    "load": (["load", "--users", "5000", "--workers", "2"], "locust"),
    "provision": (["provision", "7"], "reference_server"),
    "self-test": (["check", "--self-test", "-k", "e"], "spawn_main"),
    "demo": (["demo"], "scimulator check"),
    "replay": (["replay", "long.tape"], "reference_server"),
    "serve": (["serve", "--port", "0", "--data", "data"], ""),  # one process without children
    "ui": (["ui", "--port", "0"], "reference_server"),
}
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SOME = {
    ("simulate", signal.SIGHUP),
    ("check", signal.SIGTERM),
    ("load", signal.SIGKILL),
    ("self-test", signal.SIGKILL),
    ("replay", signal.SIGINT),
    ("ui", signal.SIGKILL),
}
CASES = [
    pytest.param(tool, number, marks=[] if (tool, number) in SOME else pytest.mark.full)
    for tool in TOOLS
    for number in SIGNALS
]


@pytest.mark.parametrize(("tool", "number"), CASES)
def test_nothing_is_left(tmp_path: Path, tool: str, number: signal.Signals) -> None:
    arguments, child = TOOLS[tool]
    if tool == "replay":
        request = exchange("GET", "/Users?count=1", answer={"totalResults": 0, "Resources": []})
        write_tape(tmp_path / "long.tape", BASE, [request] * 8_000)
    process = start(tmp_path, arguments)
    family = with_child(process, child)
    process.send_signal(number)
    process.wait(600)
    _, alive = psutil.wait_procs(family, timeout=600)
    assert alive == []
    _, alive = psutil.wait_procs(named_after(tmp_path), timeout=600)  # what a child started after `family` was listed
    assert alive == []
    left = {path.name for path in tmp_path.glob("scimulator-*")}
    if number == signal.SIGKILL and left:  # what only the tool itself had open goes with the next tool
        subprocess.run([sys.executable, "-m", "scimulator", "simulate", "mover"], **at(tmp_path), check=True)
        left = {path.name for path in tmp_path.glob("scimulator-*")}
    assert left == set()


def named_after(tmp_path: Path) -> list[psutil.Process]:
    """The processes whose command line names a file of this test."""
    return [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(one.info["cmdline"] or ())]


def at(tmp_path: Path) -> dict[str, Any]:
    """Where and how a tool runs: its temporary folders are the test's own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return {"cwd": tmp_path, "env": {**variables, "TMPDIR": str(tmp_path)}, "stdout": subprocess.DEVNULL}


def start(tmp_path: Path, arguments: list[str]) -> psutil.Popen:
    return psutil.Popen([sys.executable, "-m", "scimulator", *arguments], **at(tmp_path), start_new_session=True)


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
