"""The proof of the suite, run whole: each defect is found by its checks, each check can fail, the clean server is silent."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support import Command


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_kill_matrix_is_whole() -> None:
    command = [sys.executable, "-m", "scimulator", "check", "--self-test"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3_600, check=False)
    lines = [line for line in done.stdout.splitlines() if "✘" in line]
    assert lines == []
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) defects +(\d+) killed", done.stdout)
    assert found
    assert int(found[1]) == int(found[2]) >= 150


def test_defects_can_be_chosen_by_name(scimulator: Command) -> None:
    shown = scimulator("check", "--self-test", "-k", "patch-active-noop")
    assert shown.returncode == 0
    assert "1 defects   1 killed" in shown.stdout
    assert scimulator("check", "--self-test", "-k", "no-such-defect").returncode == 2
