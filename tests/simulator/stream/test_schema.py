"""The schema and the page of run streams are those that the event types describe."""

from __future__ import annotations

import json
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from simulator.stream import events
from simulator.stream.schema import PAGE_PATH, SCHEMA_PATH, TOOLS, event_name, json_schema, page
from tests.stream_schema import assert_valid, fits
from tests.support import ROOT


def test_the_schema_in_docs_is_generated_from_the_event_types() -> None:
    stored = json.loads((ROOT / SCHEMA_PATH).read_text("utf-8"))
    assert stored == json_schema(), "run: python -m simulator.stream.schema"


def test_the_page_in_docs_is_generated_from_the_event_types() -> None:
    assert (ROOT / PAGE_PATH).read_text("utf-8") == page(), "run: python -m simulator.stream.schema"


@pytest.mark.parametrize("tool", TOOLS)
def test_events_of_a_tool_are_distinguished_by_their_name(tool: str) -> None:
    names = [event_name(kind) for kind in get_args(TOOLS[tool])]
    assert "" not in names
    assert len(names) == len(set(names))
    assert names[0] == "run"
    assert names[-1] == "end"


def test_every_event_type_belongs_to_a_tool() -> None:
    declared = {kind for kind in vars(events).values() if isinstance(kind, type) and "event" in hints_of(kind)}
    used = {kind for union in TOOLS.values() for kind in get_args(union)}
    assert declared == used


@pytest.mark.parametrize("tool", TOOLS)
def test_the_schema_accepts_every_event_of_a_tool_and_rejects_it_when_it_is_damaged(tool: str) -> None:
    for kind in get_args(TOOLS[tool]):
        event = sample(kind)
        assert fits(event, tool), kind
        assert not fits({**event, "unheard_of": 1}, tool), kind
        for field, value in event.items():
            rest = {name: held for name, held in event.items() if name != field}
            assert fits(rest, tool) == is_optional(kind, field), (kind, field)
            damaged: Any = {} if isinstance(value, list) else []
            assert not fits({**event, field: damaged}, tool), (kind, field)


def test_a_stream_of_another_tools_events_is_rejected() -> None:
    run, end = sample(events.CheckRunEvent), sample(events.CheckEndEvent)
    assert_valid([run, sample(events.PlanEvent), end], "plan")
    with pytest.raises(AssertionError, match="1 events of check do not fit the schema; the first: unknown event"):
        assert_valid([run, sample(events.OperationEvent), end])
    with pytest.raises(AssertionError, match='PlanEvent: "many" is not of type "integer"'):
        assert_valid([run, {**sample(events.PlanEvent), "checks": "many"}, end])
    with pytest.raises(AssertionError, match="the run of check wrote no plan"):
        assert_valid([run, end], "plan")


def is_optional(kind: type, field: str) -> bool:
    return get_origin(get_type_hints(kind, include_extras=True)[field]) is NotRequired


def sample(kind: Any) -> Any:
    """A value of a type, with every optional field."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        return {field: sample(hint) for field, hint in get_type_hints(kind).items()}
    if origin is Literal:
        return arguments[0]
    if origin is list:
        return [sample(arguments[0])]
    if origin is dict:
        return {"key": sample(arguments[1])}
    if arguments:  # a union
        return sample(arguments[0])
    return {str: "words", int: 1, float: 1.5, bool: True, Any: "anything"}[kind]


def hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind) if kind.__module__ == events.__name__ else {}
