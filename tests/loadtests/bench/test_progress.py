"""Progress goes to stderr; only a terminal gets the line that is written over. The rest is estimated from a plan."""

from __future__ import annotations

import sys

import pytest

from loadtests.bench.progress import WIDTH, Plan, Progress, counted


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


@pytest.mark.parametrize(
    ("part", "done", "spent", "left"),
    [
        (0, 0.0, 0.0, "about 80 s left"),
        (0, 0.5, 10.0, "about 70 s left"),
        (1, 0.0, 20.0, "about 60 s left"),  # as planned
        (1, 0.5, 100.0, "about 55 s left"),  # half as fast: (100 + 10) / (50 + 10) of the plan's 30 s
        (1, 0.0, 290.0, "about 10 min left"),
        (1, 1.0, 90.0, "about 0 s left"),
    ],
)
def test_the_rest_is_planned_and_corrected_by_the_time_that_was_spent(
    part: int, done: float, spent: float, left: str
) -> None:
    times = iter([1_000.0, 1_000.0 + spent])
    assert Plan([("fill", 20.0), ("measure", 60.0)], lambda: next(times)).left(part, done) == left


def test_a_part_shows_its_name_and_the_rest() -> None:
    shown: list[str] = []
    Plan([("50,000 users", 60.0)], lambda: 0.0).teller(0, shown.append)("round 1 of 5, POST", 0.0)
    assert shown == ["50,000 users, about 60 s left: round 1 of 5, POST"]


@pytest.mark.parametrize(("total", "reports"), [(0, 0), (1, 1), (99, 99), (100, 100), (1_000, 100), (1_099, 110)])
def test_what_is_counted_is_the_same_and_is_reported_about_a_hundred_times(total: int, reports: int) -> None:
    told: list[tuple[str, float]] = []
    assert list(counted(range(total), total, "filling", lambda *step: told.append(step))) == list(range(total))
    assert len(told) == reports
    assert told[:1] == [(f"filling, 0 of {total:,}", 0.0)][:reports]
