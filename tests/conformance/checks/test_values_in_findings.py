"""Findings show values as JSON, so no check writes them in the notation of Python."""

from __future__ import annotations

import re
from pathlib import Path

import conformance

PACKAGE = Path(conformance.__file__).parent
FOLDERS = ("check_api", "checks", "client", "topics")
PYTHON = re.compile(r"\brepr\(|![ra]\}")


def test_no_check_shows_a_value_as_python_writes_it() -> None:
    found = []
    for path in (path for folder in FOLDERS for path in sorted((PACKAGE / folder).rglob("*.py"))):
        lines = path.read_text("utf-8").splitlines()
        found += [f"{path.name}:{number}: {line}" for number, line in enumerate(lines, 1) if PYTHON.search(line)]
    assert found == []
