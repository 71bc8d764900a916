"""The connection test looks up users and a group that do not exist; only an empty list passes (docs/notes/entra.md 1.1)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from simulator.provisioning.answers import ConnectionTestFailed
from tests.fake_target import LIST, FakeTarget, Received
from tests.simulator.engine import Engine, bodies


def guids(received: list[Received]) -> Iterator[str]:
    """The value that each filter asks for."""
    for request in received:
        yield parse_qs(urlsplit(request.path).query)["filter"][0].partition(' eq "')[2].rstrip('"')


@pytest.mark.parametrize(
    ("knobs", "starts"),
    [
        ({}, ["GET /Users?filter=userName+eq+%22", "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22"]),
        ({"provision_groups": False}, ["GET /Users?filter=userName+eq+%22"]),
        ({"probe_count": 3, "provision_groups": False}, ["GET /Users?filter=userName+eq+%22"] * 3),
    ],
)
def test_each_cycle_starts_with_look_ups_of_random_guids(
    target: FakeTarget, knobs: dict[str, Any], starts: list[str]
) -> None:
    engine = Engine(target, **knobs)
    seen: list[str] = []
    for _ in range(2):
        engine.cycle()
        lines = bodies(target.lines())
        assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
        assert not any("startIndex" in line or "count=" in line for line in lines)
        seen += guids(target.received)
    assert all(str(uuid.UUID(guid)) == guid for guid in seen)
    assert len(set(seen)) == len(seen)  # never the same GUID again


@pytest.mark.parametrize(
    "answer", [(404, {}), (400, {}), (200, {"Resources": []}), (200, []), (401, {}), (500, {}), None]
)
def test_any_other_answer_fails_the_test_and_nothing_is_written(target: FakeTarget, answer: Any) -> None:
    target.rule = lambda request: answer
    engine = Engine(target)
    engine.person("Anna Smith")
    with pytest.raises(ConnectionTestFailed) as failed:
        engine.cycle()
    assert len(set(target.lines())) == 1  # the HTTP client repeats a GET whose connection was closed
    assert "\n" not in str(failed.value)
    assert "secret-token" not in str(failed.value)
    assert engine.turn("probe").status == "Failure"


def test_a_failing_group_look_up_fails_the_test_too(target: FakeTarget) -> None:
    target.rule = lambda request: (404, {}) if "/Groups" in request.path else "well"
    with pytest.raises(ConnectionTestFailed):
        Engine(target).cycle()


def test_a_target_that_finds_a_random_guid_causes_a_warning_and_the_cycle_continues(target: FakeTarget) -> None:
    somebody = {"schemas": [LIST], "totalResults": 1, "Resources": [{"id": "1", "userName": "somebody"}]}
    answers: list[Any] = [(200, somebody)]
    target.rule = lambda request: answers.pop() if answers else "well"
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    assert (engine.turn("probe").status, engine.turn("probe").error_code) == ("Warning", "ProbeFoundSomebody")
    assert len(target.lines("POST")) == 1
