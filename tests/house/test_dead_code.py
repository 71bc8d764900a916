"""The tool that keeps dead code out finds what is dead, and nothing that is used."""

from __future__ import annotations

from pathlib import Path

from tests.house.dead_code import FOUND_BY_NAME, ROOT, dead_code


def test_unused_code_is_found_and_used_code_is_not(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("def dead():\n    return live()\n\n\ndef live():\n    return 1\n")
    assert dead_code(tmp_path, ["package"]) == ["package/module.py:1: function dead"]


def test_the_places_that_are_found_by_name_exist() -> None:
    assert [place for place in FOUND_BY_NAME if not (ROOT / place).exists()] == []
