"""The suite runs under pytest itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import SOME, marked


def test_suite_runs_under_pytest_itself(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """pytest --pyargs conformance --scim-url …"""
    command = [sys.executable, "-m", "pytest", "--pyargs", "conformance", "-p", "no:cacheprovider", "-q", "-k", SOME]
    command += ["--scim-url", own_server.base_url, "--scim-token", own_server.token, "--import-mode=importlib"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert marked(own_server) == []
