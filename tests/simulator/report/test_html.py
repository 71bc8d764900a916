"""The HTML report: hostile names stay text, links lead somewhere, the same events give the same bytes."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from simulator.company.names import HOSTILE
from simulator.report.html import simulation_page
from tests.simulator.report.made_up_run import stream


class Page(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value:
                self.links.append(value)
            if name.startswith("on"):
                self.handlers.append(name)


@pytest.mark.parametrize(
    "name", ["Plain", *(f"{given} {family}" for given, family in HOSTILE), "</script><img src=x onerror=alert(1)>"]
)
def test_names_stay_text(name: str) -> None:
    page, plain = Page(simulation_page(stream(name))), Page(simulation_page(stream("Plain")))
    assert page.tags == plain.tags
    assert page.handlers == []
    assert "\u202e" not in simulation_page(stream(name))


def test_page_needs_nothing_from_anywhere_and_its_links_lead_somewhere() -> None:
    page = Page(simulation_page(stream()))
    assert [link for link in page.links if not link.startswith("#")] == []
    assert [link for link in page.links if link[1:] not in page.ids] == []
    assert len(set(page.ids)) == len(page.ids)


def test_same_events_give_the_same_bytes() -> None:
    assert simulation_page(stream()) == simulation_page(stream())


def test_a_run_that_was_interrupted_before_its_first_cycle_has_a_page() -> None:
    whole = stream()
    for kinds in (("cycle",), ("cycle", "change", "account", "exchange")):
        assert "<h1>" in simulation_page([event for event in whole if event["event"] not in kinds])


def test_a_timeline_is_as_long_as_a_run_can_be_whatever_the_stream_says() -> None:
    ancient = [
        {**event, "at": "0001-01-01T00:00:00+00:00"} if event["event"] == "cycle" else event for event in stream()
    ]
    page = simulation_page([*ancient[:-1], *[event for event in stream() if event["event"] == "cycle"], ancient[-1]])  # type: ignore[list-item]
    assert len(page) < 3_000_000
