"""Reads a scenario by built-in name or from a file. Errors name the file and the line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulator.guard.yaml_text import BadYaml, read_yaml
from simulator.scenario.model import Scenario

Place = tuple[str | int, ...]


class ScenarioError(Exception):
    """The scenario is not valid. The message has the form `file:line: where: what was expected`."""


def find_scenario(name: str) -> Scenario:
    """Load a built-in scenario by name, or a scenario from a file. Raises ScenarioError."""
    built_in = {path.stem: path for path in _library()}
    if name in built_in:
        return parse_scenario(built_in[name].read_text("utf-8"), f"{name}.yaml")
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.exists():
        try:
            return _beside(path, parse_scenario(path.read_text("utf-8"), path.name))
        except OSError as error:
            raise ScenarioError(f"{name}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise ScenarioError(f"{name}: expected UTF-8 text") from None
    near = difflib.get_close_matches(name, built_in, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the built-in scenarios are {', '.join(sorted(built_in))}"
    raise ScenarioError(f'unknown scenario "{name}"; {hint}')


def list_scenarios() -> list[tuple[str, str]]:
    """The name and one-line story of every built-in scenario."""
    return [(path.stem, read_yaml(path.read_text("utf-8"))[0]["story"]) for path in _library()]


def parse_scenario(text: str, file_name: str) -> Scenario:
    """Parse a scenario from YAML. Raises ScenarioError with the line of the first error."""
    try:
        value, node = read_yaml(text)
    except BadYaml as error:
        raise ScenarioError(f"{file_name}:{error.line}: {error}") from None
    if not isinstance(value, dict):
        raise ScenarioError(f"{file_name}:1: expected a mapping with keys such as users, days, and events")
    try:
        scenario = Scenario.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        line = _line(dict(_lines(node, ())), place)
        shown = ".".join(str(part) for part in place)
        raise ScenarioError(f"{file_name}:{line}: {shown}: {_expectation(first)}") from None
    lines = dict(_lines(node, ()))
    places = [1, *(_line(lines, ("events", number)) for number in range(len(scenario.events)))]
    return scenario.written_at(tuple(f"{file_name}:{line}" for line in places))


def _beside(path: Path, scenario: Scenario) -> Scenario:
    """The scenario with the path of its mapping file resolved against the scenario's folder."""
    mapping = scenario.provider.mapping
    if mapping is None or mapping.is_absolute():
        return scenario
    provider = scenario.provider.model_copy(update={"mapping": path.parent / mapping})
    return scenario.model_copy(update={"provider": provider})


def _library() -> list[Path]:
    return sorted(Path(str(item)) for item in (files(__package__) / "library").iterdir() if item.name.endswith(".yaml"))


def _lines(node: Any, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield from _lines(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*place, number))


def _line(lines: dict[Place, int], place: Place) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


_EXPECTED = {
    "int_parsing": "an integer",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "string_type": "a string",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "time_parsing": 'a time of day such as "17:52"',
    "time_type": 'a time of day such as "17:52"',
    "datetime_parsing": "a time such as 2026-03-02T09:00:00Z",
    "datetime_from_date_parsing": "a time such as 2026-03-02T09:00:00Z",
    "timezone_aware": "a time with a UTC offset, such as 2026-03-02T09:00:00Z",
    "datetime_type": "a time such as 2026-03-02T09:00:00Z",
}


_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}


def told(error: Any) -> str:
    """A validation error in words: what was expected and what the file contains."""
    return _expectation(error)


def _expectation(error: Any) -> str:
    kind, got = error["type"], _got(error["input"])
    context = error.get("ctx", {})
    if kind == "value_error":
        return f"expected {error['msg'].removeprefix('Value error, ')}"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "required key is missing"
    if kind in ("literal_error", "enum"):
        return f"expected one of {context['expected'].replace(chr(39), '')}, got {got}"
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"expected {words} {context[name]}, got {got}"
    return f"expected {_EXPECTED.get(kind, error['msg'])}, got {got}"


def _got(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
