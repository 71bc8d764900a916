"""Suggests expectations for a kept scenario: what was seen after each event, with a time limit that it held by a margin."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from live_page.session.playthrough import Playthrough
from simulator.lifecycle.durations import shown
from simulator.lifecycle.expectations import DEFAULT_WITHIN, parse_expectation
from simulator.lifecycle.lifecycle_events import LifecycleEvent

MARGIN = timedelta(minutes=5)
STEP_MINUTES = 15  # limits are round numbers
JOINING = ("hired", "rehired", "restored", "unblocked")
LEAVING = ("blocked", "unassigned", "soft_deleted")
Seen = Callable[[Any], bool]


def suggested(play: Playthrough, event: LifecycleEvent, names: dict[int, str]) -> list[str]:
    """The expectations of one event, as sentences. `names` are the nicknames of people by number."""
    if event.person is None:
        return []
    who = names[event.person]
    object_id = play.simulation.company.object_id("person", event.person)
    later = _later(play, object_id, event.at)
    found: list[tuple[str, datetime | None]] = []
    if event.what in JOINING:
        found.append((f"{who} is active", _first(later, _entry("Create", "Update"))))
    elif event.what in LEAVING:
        found.append((f"{who} is inactive", _first(later, _entry("Disable", "Delete"))))
        found.append((f"{who} has no access", _first(later, _access_ended)))
    elif event.what == "hard_deleted":
        found.append((f"{who} does not exist", _first(later, _entry("Delete"))))
    elif event.what == "title_changed":
        found.append((f"{who}'s title is {event.detail['title']}", _first(later, _entry("Update"))))
    elif event.what == "manager_changed" and event.detail.get("manager") in names:
        manager = names[event.detail["manager"]]
        found.append((f"{who}'s manager is {manager}", _first(later, _entry("Update"))))
    return [text for sentence, at in found if at is not None and (text := _limited(sentence, at - event.at))]


def _later(play: Playthrough, object_id: str, at: datetime) -> list[Any]:
    """The events of a person from a time on."""
    since = at.isoformat()
    return [event for event in play.recording.of_person(object_id) if str(event.get("at") or "") >= since]


def _first(events: list[Any], seen: Seen) -> datetime | None:
    return next((datetime.fromisoformat(event["at"]) for event in events if seen(event)), None)


def _entry(*actions: str) -> Seen:
    def seen(event: Any) -> bool:
        return event["event"] == "entry" and event["status"] == "Success" and event["action"] in actions

    return seen


def _access_ended(event: Any) -> bool:
    return event["event"] == "account" and not event["access"]


def _limited(sentence: str, took: timedelta) -> str:
    """The sentence with a limit; empty if it cannot be read as an expectation."""
    minutes = math.ceil((took + MARGIN) / timedelta(minutes=STEP_MINUTES)) * STEP_MINUTES
    limit = timedelta(minutes=minutes)
    text = sentence if limit == DEFAULT_WITHIN else f"{sentence} within {shown(limit)}"
    try:
        parse_expectation(text)
    except ValueError:
        return ""
    return text
