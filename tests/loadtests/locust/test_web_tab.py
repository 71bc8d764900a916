"""Locust's own web page over our scenarios: a run is started there, its tab SCIM fills, and it is stopped there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

import pytest
import urllib3

from reference_server.embedded import EmbeddedServer
from reference_server.lifeline import start_guarded
from tests.support import ROOT

pytestmark = pytest.mark.slow
UNTIL_THERE = urllib3.Retry(total=None, connect=6_000, read=0, backoff_factor=0.05, backoff_max=0.1)
HTTP = urllib3.PoolManager(retries=UNTIL_THERE, timeout=600)


def rows(page: str) -> dict[str, Any]:
    """What the tab shows: what → number."""
    (shown,) = HTTP.request("GET", page + "/stats/requests").json()["extended_stats"]
    return {row["what"]: row["number"] for row in shown["data"]}


def test_a_run_is_started_watched_and_stopped_on_the_page(server: EmbeddedServer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--tags", "soak"]
    command += ["--host", server.base_url, "--people", "20", "--web-host", "127.0.0.1", "--web-port", str(port)]
    held = {**os.environ, "SCIM_TOKEN": server.token, "PYTHONPATH": str(ROOT)}
    process = start_guarded(command, env=held, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    page = f"http://127.0.0.1:{port}"
    try:
        assert "SCIM" in HTTP.request("GET", page).data.decode()
        form = {"user_count": "4", "spawn_rate": "4", "host": server.base_url, "rate": "50", "seconds": "600"}
        assert HTTP.request("POST", page + "/swarm", fields=form).json()["success"] is True
        seen: dict[str, Any] = {}
        while seen.get("read user", 0) <= 5:
            seen = rows(page)
        assert seen["read user"] > 5
        assert seen["users in the target"] == 20
        assert server.token not in HTTP.request("GET", page).data.decode()
        assert HTTP.request("POST", page + "/stop").json()["success"] is True
        assert process.poll() is None
    finally:
        with process:
            process.terminate()
            process.wait(timeout=600)
