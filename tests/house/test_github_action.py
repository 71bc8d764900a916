"""The GitHub action: its inputs are used, and its steps do what they say when a shell runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reference_server.embedded import EmbeddedServer
from tests.support import ROOT

FILE = ROOT / "docs" / "ci" / "action.yml"
ACTION = yaml.safe_load(FILE.read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}


def step(name: str, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run one step as a runner does: inputs in the place of expressions, and the files of the runner."""
    values = {key: str(given.get("default", "")) for key, given in ACTION["inputs"].items()} | inputs
    given = STEPS[name].get("env", {})
    variables = {key: values[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", word)[1]] for key, word in given.items()}  # type: ignore[index]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=folder,
        env={**os.environ, **variables, "PATH": path, "GITHUB_STEP_SUMMARY": str(folder / "shown.md")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_every_input_reaches_a_step_through_the_environment() -> None:
    """An expression inside a script would let the value of an input run as code."""
    used = {
        name
        for each in STEPS.values()
        for word in each.get("env", {}).values()
        for name in re.findall(r"inputs\.(\w+)", word)
    }
    assert used == set(ACTION["inputs"])
    assert [name for name, each in STEPS.items() if "${{" in each["run"]] == []
    written: dict[str, Any] = ACTION["outputs"]
    assert all(Path(output["value"]).name in STEPS["Check"]["run"] for output in written.values())


def test_the_installation_uses_the_hashes_of_the_repository() -> None:
    install = STEPS["Install"]["run"]
    assert "--require-hashes" in install
    for place in re.findall(r"\$GITHUB_ACTION_PATH/([\w./]+)", install):
        assert (FILE.parent / place).exists(), place


@pytest.mark.slow
def test_the_check_step_writes_reports_and_a_summary(shared_server: EmbeddedServer, tmp_path: Path) -> None:
    target = {"url": shared_server.base_url, "token": shared_server.token}
    done = step("Check", tmp_path, **target, profiles="rfc", selection="test_delete_answers_204")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "scim").iterdir()} == {
        *("report.html", "report.json", "junit.xml", "check.sarif", "summary.md", "run.jsonl")
    }
    assert step("Summary", tmp_path).returncode == 0
    assert (tmp_path / "shown.md").read_text("utf-8") == (tmp_path / "scim" / "summary.md").read_text("utf-8")
    (tmp_path / "scim" / "run.jsonl").rename(tmp_path / "scim-baseline.jsonl")
    again = step("Check", tmp_path, **target, profiles="rfc", selection="test_delete_answers_204")
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.slow
def test_a_target_that_cannot_be_reached_fails_the_step(tmp_path: Path) -> None:
    done = step("Check", tmp_path, url="http://127.0.0.1:9/scim", token="t", profiles="rfc")
    assert done.returncode == 3
    assert step("Summary", tmp_path).returncode == 0
