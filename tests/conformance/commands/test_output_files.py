"""Files of a run: written where the options say, or one line why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.output_files import check_writable, fullest_report, write_outputs
from conformance.settings.bad_input import BadInput
from tests.conformance.made_up_runs import check, run


def test_every_named_format_is_written(tmp_path: Path) -> None:
    paths: dict[str, Path | None] = {"json": tmp_path / "new" / "r.json", "junit": tmp_path / "r.xml", "html": None}
    write_outputs(run(check()), paths)
    assert sorted(path.name for path in tmp_path.rglob("r.*")) == ["r.json", "r.xml"]


def test_the_fullest_report_is_named() -> None:
    paths: dict[str, Path | None] = {"html": None, "markdown": Path("r.md"), "json": Path("r.json")}
    assert fullest_report(paths) == "r.md"
    assert fullest_report({**paths, "html": Path("r.html")}) == "r.html"
    assert fullest_report(dict.fromkeys(paths)) == ""


def test_a_place_that_cannot_be_written_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="File exists"):
        check_writable(tmp_path / "file" / "r.json")
    check_writable(None)
