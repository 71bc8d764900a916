"""Names, sizes and first lines, as the house style has them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("secrecy", "reference_server", "simulator", "conformance", "loadtests", "live_page")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FORBIDDEN = {"utils", "helpers", "common", "core", "base", "manager", "handler", "misc", "types"}
HARD, SOFT = 500, 300
# Files over the soft limit, each with the reason why it is one idea.
LONG: dict[str, str] = {
    "simulator/stream/events.py": "every event of a run stream, field by field; it holds no code",
    "simulator/entra/settings.py": "every knob with its description; most lines are text",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_file_says_what_it_is_in_its_first_line(path: Path) -> None:
    document = ast.get_docstring(ast.parse(path.read_text())) or ""
    first = document.split("\n\n")[0]
    assert first, "no docstring"
    assert first.rstrip().endswith((".", "?")), first


def test_no_file_is_called_after_nothing() -> None:
    assert [relative(path) for path in SOURCES if path.stem in FORBIDDEN] == []


def test_no_file_is_too_long() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > HARD and name not in LONG} == {}
    assert {name: length for name, length in lengths.items() if length > SOFT and name not in LONG} == {}
    assert [name for name in LONG if lengths.get(name, 0) <= SOFT] == []
    assert {name: n for name, n in lengths.items() if name.endswith("/cli.py") and n > 200} == {}


def test_nothing_of_the_workplace_is_in_the_files() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    banned = ["/work" + "/", "farm" + "-", "pypi" + ".org", "registry.npm" + "js", "file" + "s.pythonhosted"]
    found = [
        f"{name}: {word}"
        for name in tracked
        if (ROOT / name).is_file()
        for word in banned
        if word in (ROOT / name).read_text("utf-8", "replace")
    ]
    assert found == []
