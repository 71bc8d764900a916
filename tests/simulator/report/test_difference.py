"""A difference is marked where it begins."""

from __future__ import annotations

from simulator.report.difference import as_html, as_lines


def test_difference_marks_where_it_begins() -> None:
    assert as_lines("'abc'", "'abd'")[0].strip() == "expected  'abc'"
    assert "'ab<mark>" in as_html("'abc'", "'abd'").replace("&#x27;", "'")
    assert len(as_lines("x" * 5000 + "a", "x" * 5000 + "b")[0]) < 250
