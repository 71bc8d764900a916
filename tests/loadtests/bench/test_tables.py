"""The benchmark's tables: ratios, what was refused, few answers, growth, and the place in a page that they replace."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from loadtests.bench.rounds import Figure, Figures
from loadtests.bench.tables import NoPlace, check_place, growth, latencies, rates, write_between_markers


def figure(per_second: float, count: int = 2_000, *, share: float = 0.5, one_by_one: bool = False) -> Figure:
    """Latencies from 1 to `count` tenths of a millisecond."""
    times = array("d", [number / 10_000 for number in range(1, count + 1)])
    return Figure([per_second], [share], times, one_by_one=one_by_one)


FIGURES: Figures = {
    ("GET by id", "bare"): figure(40_000, share=0.95),
    ("GET by id", "ours"): figure(20_000),
    ("GET by id", "slow"): figure(1, 50, one_by_one=True),
    ("POST", "bare"): figure(10_000),
    ("POST", "ours"): figure(100, 999),
    ("POST", "slow"): Figure(trouble="refused 501"),
}


def test_rates_stand_side_by_side_with_their_share_of_the_yardstick() -> None:
    assert rates(FIGURES).splitlines() == [
        "| operation | bare /s | ours /s | slow /s |",
        "| --- | ---: | ---: | ---: |",
        "| GET by id | ≥ 40,000 | 20,000 (50%) | 1.0 (<0.01%) |",
        "| POST | 10,000 | 100 (1.0%) | refused 501 |",
        "",
        "≥: The client used its whole core, so the server may be faster. Percentages of this rate are an upper bound.",
    ]


def test_latencies_say_how_few_answers_there_were() -> None:
    assert latencies(FIGURES).splitlines()[2:] == [
        "| GET by id | 100 / 198 | 100 / 198 | 2.6 / 5.0 (n=50, one by one) |",
        "| POST | 100 / 198 | 50.0 / 99.0 (n=999) | – |",
    ]


def test_growth_takes_the_moods_of_the_machine_out() -> None:
    later: Figures = {
        ("GET by id", "bare"): figure(20_000),  # half as fast, and so is ours: no growth
        ("GET by id", "ours"): figure(10_000),
        ("GET by id", "slow"): figure(0.01),
        ("POST", "bare"): figure(10_000),
        ("POST", "ours"): figure(80),
        ("POST", "slow"): Figure(trouble="refused 501"),
    }
    assert growth(FIGURES, later, [1_000, 50_000]).splitlines() == [
        "| cost at 50,000 users, relative to 1,000 | ours | slow |",
        "| --- | ---: | ---: |",
        "| GET by id | 1.00 | 50 |",
        "| POST | 1.25 | – |",
    ]


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n")
    write_between_markers(page, "| new |\n")
    write_between_markers(page, "| newer |\n")
    assert page.read_text() == "before\n<!-- bench: begin -->\n\n| newer |\n\n<!-- bench: end -->\nafter\n"


@pytest.mark.parametrize(
    "text",
    ["", "<!-- bench: begin -->\n", "<!-- bench: end -->\n<!-- bench: begin -->\n", "<!-- bench: begin -->\n" * 2],
    ids=["none", "no end", "end first", "twice"],
)
def test_a_page_without_its_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(NoPlace, match="expected one line"):
        check_place(page)
    with pytest.raises(NoPlace):
        write_between_markers(page, "new")
    assert page.read_text() == text
