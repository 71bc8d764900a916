"""The HTML report contains nothing that a target could start, and its size is bounded."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from conformance.report.causes import causes_of
from conformance.report.formats import FORMATS
from conformance.report.saved_runs import events_of_html
from tests.conformance.made_up_runs import (
    big_run,
    hostile_run,
)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def test_the_page_holds_nothing_that_a_target_could_start() -> None:
    page = FORMATS["html"](hostile_run())
    elements = Elements()
    elements.feed(page)
    assert not {"img", "iframe", "object", "embed", "link", "form", "base"} & {tag for tag, _ in elements.found}
    assert [tag for tag, _ in elements.found].count("script") == 2
    places = ("#", "https://www.rfc-editor.org/", "https://datatracker.ietf.org/", "https://openid.net/")
    for _, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert attributes.get("href", "#").startswith(places)
    assert not any(character in page for character in "\x00\x1b\x07\u202e")


@pytest.mark.slow
@pytest.mark.parametrize("failed", [1200, pytest.param(40, marks=pytest.mark.full)])
def test_a_run_of_full_size_stays_below_five_megabytes(failed: int) -> None:
    events = big_run(failed=failed)
    page = FORMATS["html"](events)
    assert len(page.encode()) < 5_000_000
    again = events_of_html(page)
    trimmed = next(event for event in again if event["event"] == "trimmed")
    assert trimmed["exchanges"] == 15_000
    assert f"{trimmed['kept']:,} of 15,000 exchanges are on this page" in page
    assert len([event for event in again if event["event"] == "check"]) == 1200
    assert len(causes_of(again)) == len(causes_of(events))
