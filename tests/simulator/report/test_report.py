"""Reports: the gap with its length, hostile names that stay text, links that lead somewhere, the same bytes twice."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from simulator.company.names import HOSTILE
from simulator.report.difference import as_html, as_lines
from simulator.report.html import simulation_page
from simulator.report.json_report import simulation_json
from simulator.report.lives import collect_lives, duration_text

PERSON = "p-1"


def stream(name: str = "Łucja Wójcik") -> list[dict[str, Any]]:
    """Łucja leaves on Friday at 17:52, is provisioned as inactive at 18:12, and loses access on Monday at 06:00."""

    def exchange(number: int, at: str, operation: str, status: int) -> dict[str, Any]:
        return {
            "event": "exchange", "number": number, "method": "POST", "url": f"http://x/Users/{name}", "request_headers": {"authorization": "Bearer [redacted]"},
            "request_body": '{"displayName": "' + name.replace('"', "'") + '"}', "status": status, "response_headers": {}, "response_body": "<b>",
            "started_at": "2026-03-02T00:00:00+00:00", "duration_ms": 1.0, "virtual_at": at, "failure": None,
            "cause": {"cycle": "1", "person": PERSON, "operation": operation},
        }  # fmt: skip

    def account(at: str, **values: Any) -> dict[str, Any]:
        base = {
            "status": "active",
            "access": True,
            "access_revoked_at": None,
            "deactivated_at": None,
            "session_ended_at": None,
        }
        return {"event": "account", "at": at, "person": PERSON, **base, **values}

    monday = "2026-03-16T06:00:00+00:00"
    summary = {
        "people": 1, "groups": 0, "joiners": 0, "movers": 0, "leavers": 1, "group_changes": 0, "cycles": 2, "cycles_converged": 1,
        "differences": 1, "requests": 2, "requests_by_operation": {"create user": 1}, "requests_hash": "x", "sync": {},
    }  # fmt: skip
    difference = {"kind": "value", "person": name, "attribute": "title", "expected": "'A'", "found": f"'{name}'"}
    return [
        {"event": "run", "format": 1, "tool": "simulate", "seed": 1, "target": {"url": "http://x", "embedded": True}, "settings": {}},
        {"event": "person", "id": PERSON, "name": name, "user_name": "lucja@x", "department": name, "title": "T"},
        {"event": "cycle", "number": 1, "at": "2026-03-09T00:00:00+00:00"},
        exchange(1, "2026-03-09T00:00:00+00:00", "create user", 201),
        account("2026-03-09T06:00:00+00:00"),
        {"event": "change", "at": "2026-03-13T17:52:00+00:00", "kind": "leaver", "what": "blocked", "person": PERSON, "group": None, "detail": {}},
        exchange(2, "2026-03-13T18:12:00+00:00", "disable user", 204),
        account(monday, status="inactive", access=False, access_revoked_at=monday, deactivated_at=monday, session_ended_at=monday),
        {"event": "verified", "cycle": 1, "at": monday, "converged": True, "people": 1, "groups": 0, "differences": []},
        {"event": "verified", "cycle": 2, "at": monday, "converged": False, "people": 1, "groups": 0, "differences": [difference]},
        {"event": "cycle", "number": 2, "at": monday},
        {"event": "end", "verdict": f"About {name}.", "exit_code": 1, "summary": summary},
    ]  # fmt: skip


def test_exposure_is_sixty_hours_and_eight_minutes() -> None:
    exposure = collect_lives(stream())[PERSON].exposures[0]
    assert exposure.minutes == 60 * 60 + 8
    assert [step.rpartition(":")[2][3:] for step in exposure.steps] == [
        "left in the directory",
        "provisioned as inactive",
        "access revoked, sessions ended",
    ]
    assert "60 h 8 min of access after leaving" in simulation_page(stream())
    assert simulation_json(stream())["exposures"][0]["minutes"] == 3608


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59.4, "59 min"), (60, "1 h 0 min"), (3608, "60 h 8 min"), (5000, "3 d 11 h")]
)
def test_durations_in_words(minutes: float, words: str) -> None:
    assert duration_text(minutes) == words


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


def test_difference_marks_where_it_begins() -> None:
    assert as_lines("'abc'", "'abd'")[0].strip() == "expected  'abc'"
    assert "'ab<mark>" in as_html("'abc'", "'abd'").replace("&#x27;", "'")
    assert len(as_lines("x" * 5000 + "a", "x" * 5000 + "b")[0]) < 250
