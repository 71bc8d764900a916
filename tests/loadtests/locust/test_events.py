"""Locust as users start it themselves: by tags, with options that cannot work, and with workers started by hand."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadtests.target.connections import Connection
from loadtests.target.read_back import read_target
from reference_server.embedded import EmbeddedServer
from reference_server.lifeline import start_guarded
from tests.support import ROOT

pytestmark = pytest.mark.slow


def plain_locust(server: EmbeddedServer, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--headless"]
    command += ["--host", server.base_url, "--people", "20", "-u", "4", "-r", "4", *arguments]
    held = {**os.environ, "SCIM_TOKEN": server.token, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=held, capture_output=True, text=True, timeout=600, check=False)


def test_plain_locust_takes_the_scenario_from_the_tags(server: EmbeddedServer) -> None:
    shown = plain_locust(server, "--tags", "leavers")
    assert shown.returncode == 0, shown.stderr
    assert "disable user" in shown.stdout + shown.stderr
    assert "create user" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tags", "nothing"), "--tags: expected one of initial-cycle, "),
        (("--tags", "soak", "leavers"), "--tags: expected one of"),
        (("--rate", "-1"), "--rate of at least 0"),
    ],
)
def test_what_cannot_run_is_reported_before_the_first_request(
    server: EmbeddedServer, arguments: tuple[str, ...], words: str
) -> None:
    shown = plain_locust(server, *arguments)
    assert shown.returncode == 2
    assert words in shown.stderr


def test_a_file_of_tenants_that_cannot_be_used_is_reported(server: EmbeddedServer, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"url": "http://127.0.0.1:9"}]')
    shown = plain_locust(server, "--tags", "tenants", SCIM_TENANTS=str(tmp_path / "t.json"))
    assert shown.returncode == 2
    assert 't.json: tenant 1: expected [{"token": ' in shown.stderr


def test_masters_and_workers_of_locust_itself_share_a_run(server: EmbeddedServer, tmp_path: Path) -> None:
    """As over several machines: a master, and workers that were started by hand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    held = {**os.environ, "SCIM_TOKEN": server.token, "PYTHONPATH": str(ROOT)}
    worker = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--worker"]
    worker += ["--master-host", "127.0.0.1", "--master-port", port]
    quiet: dict[str, Any] = {"env": held, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    workers = [start_guarded(worker, **quiet) for _ in range(2)]
    try:
        master = ["--master", "--expect-workers", "2", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
        shown = plain_locust(server, *master, "--tags", "initial-cycle", "--result", str(tmp_path / "result.json"))
        assert shown.returncode == 0, shown.stderr
        assert [process.wait(timeout=600) for process in workers] == [0, 0]
    finally:
        for process in workers:
            with process:
                process.kill()
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["finished"]
    assert sorted(map(int, result["user_ids"])) == list(range(20))
    assert len(read_target(Connection(server.base_url, server.token), "/Users", print)) == 20
