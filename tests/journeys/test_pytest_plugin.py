"""The fixtures that come with the package: the example project of the docs runs, and a failing life fails with its reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.fake_target import Received, fake_target

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "pytest"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def test_example_project_runs(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "project")
    shown = pytest_in(tmp_path / "project")
    assert shown.returncode == 0, shown.stdout
    assert "3 passed" in shown.stdout


def test_named_application_is_tested_and_left_clean(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "project")
    with fake_target() as target:
        shown = pytest_in(tmp_path / "project", "--scim-url", target.url, "--scim-token", "t", "-k", "leaver")
        assert shown.returncode == 0, shown.stdout
        assert target.resources == {}


def test_failing_life_tells_who_and_what(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "project")

    def deaf(request: Received) -> object:
        return (204, None) if request.method == "PATCH" and b"active" in request.body else "well"

    with fake_target(deaf) as target:  # type: ignore[arg-type]
        shown = pytest_in(tmp_path / "project", "--scim-url", target.url, "--scim-token", "t", "-k", "leaver")
    assert shown.returncode == 1
    assert "expected: anna is inactive within 45m; found: active is True" in shown.stdout
    assert "last write: #" in shown.stdout
