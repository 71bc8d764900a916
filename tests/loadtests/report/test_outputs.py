"""Reports: every format that was asked for is written, and no other."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from loadtests.report.outputs import Outputs
from secrecy.lost_output import OutputLost
from tests.loadtests.report.bad_run import bad_run

FORMATS = {"json": '{"', "html": "<!doctype html>", "csv": "operation,", "junit": "<?xml"}


def test_every_format_is_a_field() -> None:
    assert [field.name for field in fields(Outputs)] == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_only_the_format_that_was_asked_for_is_written(name: str, tmp_path: Path) -> None:
    outputs = Outputs(**{name: tmp_path / "report"})
    outputs.write(bad_run())
    assert [path for path in outputs.paths() if path] == list(tmp_path.iterdir()) == [tmp_path / "report"]
    text = "".join((tmp_path / "report").read_text("utf-8").split()).lower()
    assert text.startswith(FORMATS[name].replace(" ", ""))


def test_without_a_format_nothing_is_written() -> None:
    Outputs().write(bad_run())


def test_a_place_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputLost, match=r"file/a\.csv: "):
        Outputs(csv=tmp_path / "file" / "a.csv").write(bad_run())
