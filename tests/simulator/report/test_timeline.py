"""A life is drawn with every mark in its place, gaps to length, and names as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from simulator.report.leaver_exposure import Exposure, Life, Mark, Spell
from simulator.report.timeline import LANES, LEFT, MAX_MARKS, WIDTH, Axis, draw_life

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)


def life(**held: object) -> Life:
    made = Life("p-1", "Anna Smith", "anna@x", "Sales")
    for name, value in held.items():
        setattr(made, name, value)
    return made


def drawn(some: Life, days: int = 7) -> ET.Element:
    """The drawing, parsed as XML."""
    return ET.fromstring(draw_life(some, MONDAY, MONDAY + timedelta(days=days)))


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in svg.iter() if element.get("class") == name]


@pytest.mark.parametrize(
    ("hours", "share"),
    [(0, 0.0), (84, 0.5), (168, 1.0), (-5, 0.0), (500, 1.0)],
    ids=["start", "middle", "end", "before", "after"],
)
def test_a_moment_has_its_place_on_the_axis(hours: int, share: float) -> None:
    axis = Axis(MONDAY, MONDAY + WEEK)
    assert axis.x(MONDAY + timedelta(hours=hours)) == LEFT + (WIDTH - LEFT - 10) * share


def test_a_run_without_duration_still_has_an_axis() -> None:
    assert Axis(MONDAY, MONDAY).x(MONDAY) == LEFT


def test_a_drawing_names_its_person_and_its_lanes() -> None:
    svg = drawn(life())
    assert svg.get("aria-label") == "Timeline of Anna Smith"
    words = [element.text for element in svg.iter("text")]
    assert set(LANES) <= set(words)
    assert [word for word in words if word and word.startswith(("Mon", "Tue", "Sun"))] == [
        "Mon 02 Mar",
        "Tue 03 Mar",
        "Sun 08 Mar",
    ]


def test_marks_have_titles_and_requests_lead_to_their_exchange() -> None:
    at = MONDAY + timedelta(hours=9)
    svg = drawn(
        life(changes=[Mark(at, "blocked", "leaver")], requests=[Mark(at, "disable user → 204", "disable user", 17)])
    )
    assert [element.findtext("title") for element in svg.iter("circle")] == [
        "Mon 02 Mar 09:00 blocked",
        "Mon 02 Mar 09:00 disable user → 204",
    ]
    assert [element.get("href") for element in svg.iter("a")] == ["#x17"]


def test_a_life_with_many_marks_shows_how_many_are_not_drawn() -> None:
    marks = [Mark(MONDAY + timedelta(minutes=number), "moved", "mover") for number in range(MAX_MARKS + 9)]
    svg = drawn(life(changes=marks))
    assert len(list(svg.iter("circle"))) == MAX_MARKS
    assert "and 9 more" in [element.text for element in svg.iter("text")]


def test_a_spell_without_an_end_lasts_to_the_end_of_the_run() -> None:
    svg = drawn(life(account=[Spell(MONDAY, MONDAY + timedelta(days=1)), Spell(MONDAY + timedelta(days=6))]))
    closed, open_ = of_class(svg, "lane4")
    assert closed.findtext("title") == "Mon 02 Mar 00:00 to Tue 03 Mar 00:00"
    assert open_.findtext("title") == "Sun 08 Mar 00:00 to the end"
    assert float(open_.get("x", 0)) + float(open_.get("width", 0)) == pytest.approx(WIDTH - 10, abs=0.2)
    assert float(open_.get("width", 0)) == pytest.approx(float(closed.get("width", 0)), abs=0.2)


@pytest.mark.parametrize(
    ("day", "hours", "words", "anchor"),
    [
        (1, 5, "5 h 0 min of access after leaving", "start"),
        (1, None, "access has not ended", "start"),
        (6, 1, "1 h 0 min of access after leaving", "end"),  # at the right edge the words stand before the gap
    ],
)
def test_access_after_leaving_is_drawn_and_labeled(day: int, hours: int | None, words: str, anchor: str) -> None:
    left = MONDAY + timedelta(days=day)
    ended = None if hours is None else left + timedelta(hours=hours)
    svg = drawn(life(exposures=[Exposure("p-1", "Anna Smith", left, ended, ())]))
    [gap], [label] = of_class(svg, "gap"), of_class(svg, "gaptext")
    assert (label.text, label.get("text-anchor")) == (words, anchor)
    until = ended or MONDAY + WEEK
    assert float(gap.get("width", 0)) == pytest.approx((WIDTH - LEFT - 10) * ((until - left) / WEEK), abs=0.2)


def test_nights_and_weekends_are_grey() -> None:
    widths = [float(element.get("width", 0)) for element in of_class(drawn(life()), "night")]
    day = (WIDTH - LEFT - 10) / 7
    assert sum(widths) == pytest.approx(5 * day / 2 + 2 * day, abs=1)  # half of five days, all of two


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'Anna "Ann" & Co', "\u202eevil", "</svg>"])
def test_a_hostile_name_stays_text(name: str) -> None:
    some = life(changes=[Mark(MONDAY, name, "mover")])
    some.name = name
    svg = drawn(some)
    assert {element.tag for element in svg.iter()} <= {"svg", "rect", "text", "line", "circle", "title", "a"}
