"""The page of a load run shows every part, treats names as text, and keeps the data."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from loadtests.report.html import as_html
from tests.loadtests.report.bad_run import bad_run


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
        "create user: p50 +3.0 % per 10,000 stored users",
        "3 (60%)",
        "no measurement",
        "create user: 409 uniqueness",
        "2.50 × (2.00 to 3.12), 1 → 2.5 ms: slower",
        "the earlier runs had different settings: workers",
        "open, 50 arrivals/s",
        "the bottleneck, 95% of its core",
    ):
        assert words in shown.words, words
    assert "b" not in shown.elements[shown.elements.index("main") :]  # a name of the target's is text


def test_the_page_keeps_the_data_of_the_run() -> None:
    page = as_html(bad_run())
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])["footer"]["exit_code"] == 1
