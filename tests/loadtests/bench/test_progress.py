"""Progress goes to stderr; only a terminal gets the line that is written over."""

from __future__ import annotations

import sys

import pytest

from loadtests.bench.progress import WIDTH, Progress


def test_a_file_gets_only_the_lines_that_stay(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.passing("round 1 of 5")
    progress.line("filling")
    assert capsys.readouterr() == ("", "filling\n")


def test_a_terminal_gets_a_line_of_fixed_width_that_the_next_one_replaces(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = Progress()
    progress.passing("round 1 of 5 " + "x" * 200)
    progress.line("filling")
    passing, wiped, line = capsys.readouterr().err.removeprefix("\r").split("\r")
    assert (len(passing), wiped.strip(), line) == (WIDTH, "", "filling\n")
