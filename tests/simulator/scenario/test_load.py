"""Scenario files: what is in them, what is wrong with them and in which line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from simulator.scenario import model
from simulator.scenario.generate import scenario_schema
from simulator.scenario.load import ScenarioError, find_scenario, list_scenarios, parse_scenario


@pytest.mark.parametrize("name", [name for name, _ in list_scenarios()])
def test_built_in_scenario_is_whole(name: str) -> None:
    scenario = find_scenario(name)
    assert scenario.name == name
    assert scenario.story.endswith(".")
    timeline = scenario.timeline(scenario.company())
    assert timeline
    assert scenario.rehearse() == 0
    assert [event.at for event in timeline] == sorted(event.at for event in timeline)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("users: ten", 's.yaml:1: users: expected an integer, got "ten"'),
        ("name: x\ndays: 1.5", "s.yaml:2: days: expected an integer, got 1.5"),
        ("users: 0", "s.yaml:1: users: expected at least 1, got 0"),
        ("usrs: 5", "s.yaml:1: usrs: unknown key"),
        ("seed: 99999999999999999999", "s.yaml:1: seed: expected at most 4294967295, got 99999999999999999999"),
        ("busy: -3", "s.yaml:1: busy: expected more than 0.0, got -3"),
        (
            "provider:\n  dialect: x",
            's.yaml:2: provider.dialect: expected one of default, aadOptscim062020 or customappsso, got "x"',
        ),
        ("provider: 5", "s.yaml:1: provider: expected"),
        ("events:\n  - {day: 1, what: vanished}", "s.yaml:2: events.0.what: expected one of hired"),
        (
            'events:\n  - day: 1\n    what: hired\n    at: "25:00"',
            's.yaml:4: events.0.at: expected a time of day such as "17:52"',
        ),
        ("events:\n  - {day: 1}", "s.yaml:2: events.0.what: required key is missing"),
        ("start: yesterday", "s.yaml:1: start: expected a time such as"),
        ("start: 2026-03-02T00:00:00", "s.yaml:1: start: expected a time with a UTC offset"),
        ("a: [1", "s.yaml:1: not YAML"),
        ("- 1", "s.yaml:1: expected a mapping"),
        ("", "s.yaml:1: expected a mapping"),
        ("x: !!python/object/apply:os.system ['true']", "s.yaml:1: not YAML"),
    ],
)
def test_mistakes_are_reported_with_their_line(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, "s.yaml")
    assert str(refused.value).startswith(message)


def test_unknown_scenario_hints_at_its_neighbours() -> None:
    with pytest.raises(ScenarioError, match="did you mean leaver"):
        find_scenario("leavers")


def test_json_schema_fits_every_built_in_scenario() -> None:
    validator = jsonschema_rs.validator_for(json.loads(scenario_schema()))
    for path in (Path(model.__file__).parent / "library").glob("*.yaml"):
        document = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
        assert [f"{path.name}: {error.message}" for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({"users": "ten"})
    assert not validator.is_valid({"evnts": []})
