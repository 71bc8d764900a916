"""Generates a scenario from a seed as YAML that lists every event, so that it can be read, edited, and kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import yaml

from simulator.company.people import Company
from simulator.lifecycle.life import random_life
from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.scenario.model import DEFAULT_START, Scenario
from simulator.wording import counted


def generate_scenario(seed: int, users: int, days: int, start: datetime = DEFAULT_START) -> str:
    """The YAML of a scenario that runs exactly like the random life of the seed."""
    company = Company(seed, users)
    events = random_life(company, seed, start, days)
    head = {
        "name": f"life-{seed}",
        "story": f"{counted(days, 'day')} in a company of {counted(users, 'person', 'people')}, generated from seed {seed}",
        "seed": seed,
        "users": users,
        "days": days,
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "provider": {"idp": "entra", "dialect": "default"},
    }
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True) + "events:\n"
    lines = [_line(event, start, company) for event in events]
    return text + "".join(lines) if lines else text.replace("events:\n", "events: []\n")


def scenario_schema() -> str:
    """The JSON Schema of scenario files, for editors: `# yaml-language-server: $schema=scenario.schema.json`."""
    return json.dumps(Scenario.model_json_schema(), indent=2) + "\n"


def scenario_yaml(scenario: Scenario, events: list[LifecycleEvent]) -> str:
    """The YAML of a scenario with `events` in place of its own events."""
    head = scenario.model_dump(mode="json", exclude={"events", "life", "start", "busy"}, exclude_defaults=True)
    head = {"name": f"{scenario.name}-shrunk", **{key: value for key, value in head.items() if key != "name"}}
    head |= {"seed": scenario.seed, "start": scenario.start.strftime("%Y-%m-%dT%H:%M:%SZ")}
    company = scenario.company()
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True) + "events:\n"
    return text + "".join(_line(event, scenario.start, company) for event in events)


def _line(event: LifecycleEvent, start: datetime, company: Company) -> str:
    entry: dict[str, Any] = {
        "day": (event.at.date() - start.date()).days + 1,
        "at": event.at.strftime("%H:%M" if not event.at.second else "%H:%M:%S"),
    }
    entry["what"] = event.what
    if event.person is not None:
        entry["person"] = event.person
    if event.group is not None:
        entry["group"] = event.group
    if event.detail:
        entry["detail"] = event.detail
    if event.then:
        entry["then"] = [one.text for one in event.then]
    flow = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000).strip()
    who = "" if event.person is None else f"  # {_printable(company.person(event.person).display_name)}"
    return f"  - {flow}{who}\n"


def _printable(name: str) -> str:
    """A name without characters that a YAML comment cannot contain."""
    return "".join(character if character.isprintable() else " " for character in name)
