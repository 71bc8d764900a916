"""References to the notes of the project lead to an entry, and no reference names a file that readers do not have."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "docs" / "notes"
SUFFIXES = {".py", ".csv", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".js"}
GONE = (
    "interop-bugs|requirements-notes|reliability\\.md|idp-payloads|other-idps\\.md|okta-entra-payloads|entra-addendum"
)
# A section of a note by its number ("docs/notes/entra.md 3.7, 4.3"), or an entry by its number ("A-13").
SECTIONS = re.compile(r"(docs/notes/)?\bentra\.md ((?:\d+(?:\.\d+)?)(?:(?:,| to| and) \d+(?:\.\d+)?)*)")
READINGS = re.compile(r"(?<![\w.-])A-(\d\d)\b")
ANCHORED = re.compile(r"docs/notes/([\w-]+\.md)#([\w.-]*\w)")


@cache
def texts() -> dict[str, str]:
    """Every tracked text file but this one."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    names = [name for name in tracked if Path(name).suffix in SUFFIXES and (ROOT / name).is_file()]
    return {
        name: (ROOT / name).read_text("utf-8", "replace") for name in names if name != "tests/house/test_references.py"
    }


@cache
def anchors(note: str) -> frozenset[str]:
    return frozenset(re.findall(r'<a id="([^"]+)">', (NOTES / note).read_text("utf-8")))


def test_no_reference_names_a_file_that_is_not_here() -> None:
    found = [f"{name}: {match[0]}" for name, text in texts().items() for match in re.finditer(GONE, text)]
    assert found == []


def test_each_reading_has_an_entry() -> None:
    known = anchors("rfc-readings.md")
    cited = {(name, f"a-{number}") for name, text in texts().items() for number in READINGS.findall(text)}
    assert [f"{name}: {anchor}" for name, anchor in sorted(cited) if anchor not in known] == []
    assert len(cited) > 50


def test_each_section_on_entra_exists() -> None:
    known = anchors("entra.md")
    for name, text in texts().items():
        for note, numbers in SECTIONS.findall(text):
            assert note, f"{name}: entra.md {numbers} without docs/notes/"
            missing = [number for number in re.findall(r"\d+(?:\.\d+)?", numbers) if f"s{number}" not in known]
            assert missing == [], f"{name}: docs/notes/entra.md has no section {missing}"


def test_each_anchor_exists() -> None:
    cited = {(name, *found) for name, text in texts().items() for found in ANCHORED.findall(text)}
    assert [cite for cite in sorted(cited) if cite[2] not in anchors(cite[1])] == []
    assert len(cited) > 50


@pytest.mark.parametrize("note", sorted(path.name for path in NOTES.glob("*.md")))
def test_anchors_are_unique(note: str) -> None:
    found = re.findall(r'<a id="([^"]+)">', (NOTES / note).read_text("utf-8"))
    assert len(found) == len(set(found))
