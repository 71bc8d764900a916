"""The examples of CONTRIBUTING.md work: they are applied to a copy of the program, in their order, and its commands succeed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PROGRAM = (
    "conformance",
    "live_page",
    "loadtests",
    "reference_server",
    "secrecy",
    "simulator",
    "scimulator.py",
    "scimulator_report.py",
)
EXAMPLES = re.findall(r"(Append|Create|Add) (?:this (?:row|entry) to )?`([\w./-]+)`:\n\n```\w+\n(.*?)```", PAGE, re.S)
COMMANDS = re.findall(r"^```\n((?:scimulator|python) .*)\n```$", PAGE, re.M)
FAILED = "1 fail"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with every example of the page applied."""
    folder = tmp_path_factory.mktemp("copy")
    for name in PROGRAM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("bench"))
        else:
            shutil.copy(source, folder / name)
    for what, path, content in EXAMPLES:
        apply(folder / path, what, content)
    return folder


def apply(path: Path, what: str, content: str) -> None:
    """Append rows, create a file, or add an entry to a JSON object."""
    if what == "Create":
        assert not path.exists(), path
        path.write_text(content, "utf-8")
    elif what == "Append":
        path.write_text(path.read_text("utf-8") + content, "utf-8")
    else:
        document = json.loads(path.read_text("utf-8"))
        added = json.loads(f"{{{content}}}")
        assert not set(added) & set(document)
        path.write_text(json.dumps(document | added), "utf-8")


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    start = ["-c", "from scimulator import main; main()"] if words[0] == "scimulator" else []
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *start, *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_page_has_an_example_of_each_kind_of_change() -> None:
    assert [path for _, path, _ in EXAMPLES] == [
        "conformance/requirements/requirements.csv",
        "conformance/checks/rfc7644/test_3_6_deleting_by_external_id.py",
        "conformance/defects/catalogue.csv",
        "simulator/scenario/library/promoted-and-gone.yaml",
        "simulator/profiles/profiles.json",
    ]
    assert len(COMMANDS) == len(EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_page_succeed(copy: Path, line: str) -> None:
    done = run(copy, line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert FAILED not in done.stdout


@pytest.mark.slow
def test_the_expectations_of_the_scenario_are_checked(copy: Path) -> None:
    """The same scenario with a title that no one gets fails."""
    path = copy / "simulator" / "scenario" / "library" / "promoted-and-gone.yaml"
    (copy / "other.yaml").write_text(path.read_text("utf-8").replace("title is Director", "title is Chief"), "utf-8")
    assert run(copy, "scimulator simulate other.yaml").returncode == 1


def test_the_files_for_contributors_fit_the_project() -> None:
    """They parse, and the commands, folders, and image that they name exist."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        assert program.removeprefix(".venv/bin/") in {"ruff", "mypy", "pytest"}
        assert [path for path in arguments if path.startswith("tests/") and not (ROOT / path).exists()] == []
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    targets = container["postCreateCommand"].removeprefix("make ").split()
    assert [name for name in targets if f"\n{name}:" not in (ROOT / "Makefile").read_text("utf-8")] == []
    assert container["image"] in (ROOT / "docs" / "examples" / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_an_issue_form_is_valid(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    if path.stem == "config":
        return
    assert set(form) == {"name", "description", "labels", "body"}
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    assert all(field["type"] in {"input", "textarea"} and field["attributes"]["label"] for field in form["body"])
