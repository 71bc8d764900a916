"""The schema and the page of run streams are those that the event types describe."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import pytest

from simulator.stream import events
from simulator.stream.schema import PAGE_PATH, SCHEMA_PATH, TOOLS, event_name, json_schema, page
from tests.support import ROOT


def test_the_schema_in_docs_is_generated_from_the_event_types() -> None:
    stored = json.loads((ROOT / SCHEMA_PATH).read_text("utf-8"))
    assert stored == json_schema(), "run: python -m simulator.stream.schema"


def test_the_page_in_docs_is_generated_from_the_event_types() -> None:
    assert (ROOT / PAGE_PATH).read_text("utf-8") == page(), "run: python -m simulator.stream.schema"


@pytest.mark.parametrize("tool", TOOLS)
def test_events_of_a_tool_are_told_apart_by_their_name(tool: str) -> None:
    names = [event_name(kind) for kind in get_args(TOOLS[tool])]
    assert "" not in names
    assert len(names) == len(set(names))
    assert names[0] == "run"
    assert names[-1] == "end"


def test_every_event_type_belongs_to_a_tool() -> None:
    declared = {kind for kind in vars(events).values() if isinstance(kind, type) and "event" in hints_of(kind)}
    used = {kind for union in TOOLS.values() for kind in get_args(union)}
    assert declared == used


def hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind) if kind.__module__ == events.__name__ else {}
