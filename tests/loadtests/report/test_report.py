"""What the readers of a run's stream show: page, JUnit, CSV and console, of a run with everything in it."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

from loadtests.report.console import console_lines
from loadtests.report.csv_rows import as_csv
from loadtests.report.html import as_html
from loadtests.report.json_report import as_json
from loadtests.report.junit import as_junit
from simulator.report.charts import Line, line_chart

STRANGE = '<b>"Ann"</b>\x00'


def operation(name: str, **changed: Any) -> dict[str, Any]:
    figures = {"count": 100, "errors": 0, "per_second": 9.5, "p50_ms": 2.5, "p95_ms": 4.0, "p99_ms": 8.0, "max_ms": 9.0}
    return {"event": "operation", "name": name, **figures, "spread": 0.1, **changed}


def bad_run() -> list[dict[str, Any]]:
    settings = {"scenario": "leavers", "users": 100, "rate": 50.0, "workers": 1}
    points = [
        {"second": at, "stored": at * 10, "per_second": 9.0, "errors": 0, "p50_ms": 2.0 + at, "p99_ms": 8.0}
        for at in range(4)
    ]
    ratio = {"was_ms": 1.0, "now_ms": 2.5, "ratio": 2.5, "low": 2.0, "high": 3.12, "verdict": "slower"}
    limit = {"name": "create user p99_ms", "limit": 5.0, "measured": 8.0, "ok": False, "missed_by": 3.0}
    never = {"name": "last leaver", "limit": 60.0, "measured": None, "ok": False, "missed_by": None}
    found = {"kind": "value", "person": STRANGE, "attribute": "title", "expected": "a", "found": "b"}
    step = {"rate": 50.0, "achieved": 30.0, "p99_ms": 8.0, "generator_share": 0.95, "held": False}
    return [
        {"event": "run", "format": 1, "tool": "load", "seed": 1, "target": {"url": "http://t"}, "settings": settings},
        operation("create user"),
        operation("match user", p50_ms=None, p95_ms=None, p99_ms=None, max_ms=None),
        {"event": "error", "name": "create user: 409 uniqueness", "count": 7},
        {"event": "budget", **limit},
        {"event": "budget", **never},
        {"event": "budget", **limit, "name": "match user p99_ms", "ok": True, "missed_by": None},
        {"event": "timeline", "step_seconds": 1, "points": points},
        {"event": "growth", "name": "create user", "percent_per_10000": 3.0, "points": points},
        {"event": "baseline_settings", "differ": ["workers"]},
        {"event": "baseline", "name": "create user", **ratio},
        {"event": "verified", "people": 99, "groups": 4, "total": 1, "differences": [found]},
        {"event": "step", **step, "because": ["only 30/s were answered"]},
        {"event": "knee", "rate": None, "broke_at": 50.0, "because": ["only 30/s were answered"]},
        {"event": "end", "verdict": "Two limits.", "exit_code": 1, "summary": summary()},
    ]


def summary() -> dict[str, Any]:
    return {
        "requests": 200,
        "seconds": 10.0,
        "requests_per_second": 20.0,
        "users_per_second": None,
        "pace": "Entra asks for 25/s: you are 1.2 × too slow",
        "throttled": 3,
        "leavers": 10,
        "leaver_seconds": None,
        "leavers_still_active": 2,
        "generator_share": 0.95,
        "generator_was_the_limit": True,
        "workers_lost": 1,
    }


class Reader(HTMLParser):
    """Collects titles of sections, words, and the names of elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str | None] = []
        self.elements: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if tag == "section":
            self.ids.append(dict(attrs)["id"])

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_shows_time_growth_limits_errors_baseline_and_end_state() -> None:
    shown = Reader(as_html(bad_run()))
    wanted = ["operations", "limit", "time", "growth", "budget", "errors", "baseline", "end-state"]
    assert shown.ids == wanted
    for words in (
        "create user: p50 +3.0 % per 10,000 users stored",
        "3 (60%)",
        "never reached",
        "create user: 409 uniqueness",
        "2.50 × (2.00 to 3.12), 1 → 2.5 ms: slower",
        "the earlier run was of another workers",
        "open, 50 arrivals/s",
        "the limit at 95% of its core",
    ):
        assert words in shown.words, words
    assert "b" not in shown.elements[shown.elements.index("main") :]  # a name of the target's is text


def test_the_page_keeps_the_data_of_the_run() -> None:
    page = as_html(bad_run())
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])["footer"]["exit_code"] == 1


def test_junit_has_a_case_per_verdict() -> None:
    suite = ET.fromstring(as_junit(bad_run()))[0]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["create user p99_ms", "last leaver", "create user", "equal to what was sent"]
    assert (suite.get("tests"), suite.get("failures")) == ("5", "4")
    told = suite[0].find("failure")
    assert told is not None
    assert told.get("message") == "measured 8, limit 5, missed by 3 (60%)"


def test_csv_has_a_row_per_operation() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(bad_run()))))
    assert [(row["operation"], row["p99_ms"]) for row in rows] == [("create user", "8.0"), ("match user", "")]


def test_the_console_tells_what_was_missed_and_by_whom() -> None:
    told = "\n".join(console_lines(bad_run()))
    for words in (
        "growth      create user: p50 +3.0 % per 10,000 users stored",
        "baseline    create user     2.50 × (2.00 to 3.12)",
        "leavers     10: 2 still active",
        "throttled   3 answers 429",
        "1 worker was lost",
        "the generator was the limit at 95% of its core",
        "error  create user: 409 uniqueness  7 times",
    ):
        assert words in told, words
    assert max(map(len, told.splitlines())) <= 110


def test_json_holds_every_part() -> None:
    value = json.loads(as_json(bad_run()))
    assert value["knee"] == {"rate": None, "broke_at": 50.0, "because": ["only 30/s were answered"]}
    assert [len(value[key]) for key in ("operations", "budget", "growth", "baseline", "steps")] == [2, 3, 1, 1, 1]
    assert len(value["timeline"]["points"]) == 4


def test_a_chart_tells_in_words_what_it_shows() -> None:
    chart = line_chart([Line("p50", [(0, 1.0), (10, 3.0), (20, 2.0)]), Line("p99", [])], x="seconds", y="ms")
    assert 'aria-label="ms by seconds: p50 from 1 to 2, highest 3; p99: nothing"' in chart
    assert "nan" not in chart


def test_a_chart_of_nothing_is_drawn() -> None:
    assert "<svg" in line_chart([Line("p50", [(0, 0.0)])], x="seconds", y="ms")
