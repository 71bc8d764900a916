"""Everything that was done by hand, as a scenario file: people by name, times as days, expectations from what was seen."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import yaml

from live_page.keep.suggestions import suggested
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from simulator.entra.settings import EntraSettings
from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.scenario.load import parse_scenario
from simulator.scenario.model import Scenario

WIDTH = 110
SETTINGS = ("hostile_names", "brownfield", "judge", "verify")
MAPPING_FILE = "mapping.json"
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def scenario_text(play: Playthrough, name: str, story: str, *, expectations: bool = True) -> str:
    """The scenario as YAML. Running it again sends the same requests. Raises Problem if nothing was done yet."""
    scenario, events = play.scenario, [*play.scenario_events(), *play.simulation.done]
    if not events:
        raise Problem("Nothing was done by hand yet.", "Change something on the page Company first.")
    events.sort(key=lambda event: event.at)
    cast = _cast(play, events)
    listed = [_event(scenario, event, cast) for event in events]
    if expectations:
        names = {number: nickname for nickname, number in cast.items()}
        for written, event in zip(listed, events, strict=True):
            then = [one.text for one in event.then] or suggested(play, event, names)
            if then:
                written["then"] = then
    end = max(play.simulation.now, *(event.at for event in events)) + timedelta(hours=2)
    document: dict[str, Any] = {
        "name": name,
        "story": story,
        "seed": scenario.seed,
        "users": scenario.users,
        "days": max(1, math.ceil((end - scenario.start) / timedelta(days=1))),
        "start": scenario.start.isoformat().replace("+00:00", "Z"),
        **_changed(scenario),
        **_provider(play),
        **({"cast": cast} if cast else {}),
        "events": listed,
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=WIDTH)
    read = parse_scenario(text, "scenario.yaml")  # what is written can be read
    assert len(read.events) == len(events)
    return text


def before_first_cycle(play: Playthrough) -> bool:
    """Whether something was done before the first cycle. A scenario begins with that cycle, so it cannot show this."""
    cycles = play.recording.cycles
    return (
        any(event.at.isoformat() <= cycles[0]["at"] for event in play.simulation.done)
        if cycles
        else bool(play.simulation.done)
    )


def _changed(scenario: Scenario) -> dict[str, Any]:
    """The settings of the company and of the judgment that differ from the defaults."""
    fields = Scenario.model_fields
    return {name: getattr(scenario, name) for name in SETTINGS if getattr(scenario, name) != fields[name].default}


def _provider(play: Playthrough) -> dict[str, Any]:
    """The settings that differ from the defaults."""
    chosen = play.scenario.provider
    found: dict[str, Any] = {} if chosen.idp == "entra" else {"idp": chosen.idp}
    for name, field in EntraSettings.model_fields.items():
        value = getattr(chosen, name)
        if value != field.default:
            found[name] = getattr(value, "value", value)
    if play.mapping is not None:
        found["mapping"] = MAPPING_FILE
    return {"provider": found} if found else {}


def _cast(play: Playthrough, events: list[LifecycleEvent]) -> dict[str, int]:
    """Nickname → number of every person in the events."""
    cast: dict[str, int] = {}
    numbers = {event.person for event in events if event.person is not None}
    numbers |= {event.detail["manager"] for event in events if isinstance(event.detail.get("manager"), int)}
    for number in sorted(numbers):
        given = unicodedata.normalize("NFKD", play.simulation.company.person(number).given_name)
        word = _NOT_A_WORD.sub("", given.encode("ascii", "ignore").decode().lower()) or "person"
        if word[0].isdigit():
            word = f"p{word}"
        nickname = word if word not in cast else f"{word}{number}"
        cast[nickname] = number
    return cast


def _event(scenario: Scenario, event: LifecycleEvent, cast: dict[str, int]) -> dict[str, Any]:
    names = {number: nickname for nickname, number in cast.items()}
    written: dict[str, Any] = {**_time(scenario.start, event.at), "what": event.what}
    if event.person is not None:
        written["person"] = names[event.person]
    if event.group is not None:
        written["group"] = event.group
    if event.detail:
        written["detail"] = dict(event.detail)
    return written


def _time(start: datetime, at: datetime) -> dict[str, Any]:
    seconds = ":%S" if at.second else ""
    return {"day": (at.date() - start.date()).days + 1, "at": at.strftime(f"%H:%M{seconds}")}
