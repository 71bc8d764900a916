"""Charts describe themselves in words, and draw what they are given to scale."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from simulator.report.charts import HEIGHT, LEFT, WIDTH, Line, bar, captioned, chart_file, drawing, line_chart


def test_a_drawing_carries_its_description() -> None:
    expected = '<svg viewBox="0 0 1000 44" role="img" aria-label="&lt;two&gt;"><rect/></svg>'
    assert drawing(1000, 44, "<two>", "<rect/>") == expected


def test_a_caption_is_text_above_the_chart() -> None:
    assert captioned("a < b", "<svg/>") == '<div class="card"><p>a &lt; b</p><svg/></div>'


@pytest.mark.parametrize(("value", "width"), [(0, "0.0"), (1, "75.0"), (4, "300.0")])
def test_a_bar_is_as_long_as_its_share_of_the_longest(value: int, width: str) -> None:
    expected = f'<svg viewBox="0 0 300 10" aria-hidden="true"><rect class="bar" width="{width}" height="10"/></svg>'
    assert bar(value, 4) == expected


def test_a_line_chart_reaches_from_zero_to_the_next_round_number() -> None:
    chart = ET.fromstring(line_chart([Line("p50", [(0, 1.0), (7, 6.5)])], x="seconds", y="ms").replace("&emsp;", ""))
    picture = chart.findall("svg")[-1]
    assert picture.get("aria-label") == "ms by seconds: p50 from 1 to 6.5, highest 6.5"
    assert picture.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    labels = [element.text for element in picture.findall("text")]
    assert labels[-2:] == ["8", "8"], "seven of eight on both axes"
    (line,) = picture.findall("polyline")
    assert (line.get("points") or "").startswith(f"{LEFT}.0,")


def test_a_series_without_points_is_named_as_empty() -> None:
    assert "p99: no data" in line_chart([Line("p99", [])], x="seconds", y="ms")


def test_a_chart_tells_in_words_what_it_shows() -> None:
    chart = line_chart([Line("p50", [(0, 1.0), (10, 3.0), (20, 2.0)]), Line("p99", [])], x="seconds", y="ms")
    assert 'aria-label="ms by seconds: p50 from 1 to 2, highest 3; p99: no data"' in chart
    assert "nan" not in chart


def test_large_numbers_have_no_exponent() -> None:
    chart = chart_file([Line("GET", [(0, 1.5), (1_000_000, 123_456.7)])], x="users", y="ms")
    words = [label.text for label in ET.fromstring(chart).findall("{http://www.w3.org/2000/svg}text")]
    assert {"250,000", "1,000,000", "GET: 123,457"} <= set(words)
    assert "e+" not in chart


def test_a_chart_of_nothing_is_drawn() -> None:
    assert "<svg" in line_chart([Line("p50", [(0, 0.0)])], x="seconds", y="ms")


def test_a_chart_file_stands_on_its_own() -> None:
    lines = [Line("GET", [(1_000, 1.0), (200_000, 1.1)]), Line("a < b", [(1_000, 1.0), (200_000, 2.0)])]
    chart = ET.fromstring(chart_file(lines, x="users", y="cost"))
    name = "{http://www.w3.org/2000/svg}"
    colors = [line.get("stroke") for line in chart.findall(f"{name}polyline")]
    words = [label.text for label in chart.findall(f"{name}text")]
    assert len(set(colors)) == len(lines)
    assert words[-2:] == ["GET: 1.1", "a < b: 2"]
    assert chart.get("aria-label") == "cost by users: GET from 1 to 1.1, highest 1.1; a < b from 1 to 2, highest 2"
