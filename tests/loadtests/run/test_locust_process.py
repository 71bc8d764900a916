"""Locust's command line: as many users as lanes, a master for workers elsewhere, and none of the user's own settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import loadtests
from loadtests.run.locust_process import LOCUST, Processes, environment, host_and_port
from loadtests.target.target import Refused


def test_one_process_needs_only_its_lanes() -> None:
    assert Processes(8).locust_options() == ["-u", "8", "-r", "8"]


def test_every_worker_has_at_least_one_lane() -> None:
    words = Processes(2, workers=3).locust_options()
    assert words[:6] == ["-u", "3", "-r", "3", "--processes", "3"]
    assert words[words.index("--master-bind-port") + 1] == words[words.index("--master-port") + 1]


def test_workers_of_other_machines_are_waited_for() -> None:
    words = Processes(8, remote_workers=2, listen="10.0.0.5").locust_options()
    assert words[4:] == [
        "--master",
        "--expect-workers",
        "2",
        "--master-bind-host",
        "10.0.0.5",
        "--master-bind-port",
        "5557",
    ]


@pytest.mark.parametrize("text", ["", ":1", "host:", "host:0", "host:65536", "host:x", "host:²"])
def test_other_text_is_no_host_and_port(text: str) -> None:
    with pytest.raises(Refused, match="--listen: expected HOST or HOST:PORT"):
        host_and_port("--listen", text)


def test_the_token_goes_through_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCUST_USERS", "999")
    monkeypatch.setenv("SCIM_TENANTS", "old.json")
    held = environment("secret", None)
    assert held["SCIM_TOKEN"] == "secret"
    assert "LOCUST_USERS" not in held
    assert "SCIM_TENANTS" not in held
    assert environment("secret", tmp_path / "t.json")["SCIM_TENANTS"] == str(tmp_path / "t.json")


@pytest.mark.slow
def test_our_own_folder_is_not_taken_for_locust() -> None:
    """Called from within the package, where a folder has the name of the library."""
    folder = Path(loadtests.__file__).parent
    command = [*LOCUST, "--version"]
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert command[0] == sys.executable
    assert shown.stdout.startswith("locust "), shown.stderr
