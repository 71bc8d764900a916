"""Reads YAML together with the line of every value, so that an error about a value can name its line."""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 20  # levels of nesting; a valid profile has four
Place = tuple[Any, ...]  # keys and numbers that lead to a value


class InvalidYaml(Exception):
    """The text is not YAML, or is too deep or too large. `line` is that of the error, from 1, if it is known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


def read_numbered(text: str) -> tuple[Any, dict[Place, int]]:
    """The value of a YAML document, and the line of every value in it, from 1. Raises InvalidYaml."""
    try:
        _check_nesting(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return yaml.safe_load(text), {} if node is None else _lines(node)
    except (ValueError, OverflowError) as error:  # such as 2026-99-99, or a number with 5,000 digits
        raise InvalidYaml(str(error)[:200]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InvalidYaml(str(getattr(error, "problem", error)), mark.line + 1 if mark else None) from None


def _check_nesting(text: str) -> None:
    """Reject aliases and deep nesting, with which a small file could expand to billions of values; raises YAMLError."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
            problem = "aliases are not supported" if depth <= MAX_DEPTH else f"more than {MAX_DEPTH} levels"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _lines(node: Any, at: Place = ()) -> dict[Place, int]:
    """The line number, from 1, of every node in a YAML document."""
    found = {at: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found |= {**_lines(value, (*at, key.value)), (*at, key.value): key.start_mark.line + 1}
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            found |= _lines(value, (*at, number))
    return found
