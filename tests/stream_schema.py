"""Validates run streams against `docs/stream.schema.json`, the published contract.

Together, these tests see every kind of event; each names the kinds that its run must have written:

| tool | test |
| --- | --- |
| check | tests/conformance/checks/test_reference_server.py, tests/conformance/report/test_run_events.py (`trimmed`) |
| load | tests/loadtests/commands/test_load.py, tests/loadtests/run/test_load_run.py, tests/loadtests/measurements/test_growth.py (`growth`) |
| simulate | tests/simulator/run/test_simulation.py, tests/simulator/run/test_outages.py (`network_faults`) |
| replay | tests/simulator/commands/test_replay.py |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs

from simulator.stream.schema import SCHEMA_PATH, TOOLS, event_name
from tests.support import ROOT


def assert_valid(stream: Path | Iterable[Mapping[str, Any]], *kinds: str) -> None:
    """Every line of the stream fits the schema of its tool, header first and footer last; `kinds` must be among them."""
    lines = stream.read_bytes().splitlines() if isinstance(stream, Path) else map(json.dumps, stream)
    events = [json.loads(line) for line in lines]
    assert [events[0]["event"], events[-1]["event"]] == ["run", "end"]
    tool = events[0]["tool"]
    wrong = [event for event in events if not fits(event, tool)]
    assert not wrong, f"{len(wrong)} events of {tool} do not fit the schema; the first: {_reasons(wrong[0], tool)}"
    missing = set(kinds) - {event["event"] for event in events}
    assert not missing, f"the run of {tool} wrote no {', '.join(sorted(missing))}"


def fits(event: Mapping[str, Any], tool: str) -> bool:
    """Whether the schema accepts the event in a stream of the tool."""
    return _validator(tool).is_valid(event)


def _reasons(event: Mapping[str, Any], tool: str) -> str:
    name = next((kind.__name__ for kind in get_args(TOOLS[tool]) if event_name(kind) == event.get("event")), "")
    if not name:
        return f"unknown event: {event}"
    return f"{name}: {'; '.join(str(error) for error in _validator(name).iter_errors(event))}"


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    schema = json.loads((ROOT / SCHEMA_PATH).read_text("utf-8"))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
    )
