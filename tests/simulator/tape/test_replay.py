"""A replay compares responses by meaning: it maps ids, ignores times, and names the first difference."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from simulator.stream.run_stream import RunStream
from simulator.tape.replay import Departure, Replay
from simulator.wire.client import ScimClient
from simulator.wire.exchange import Exchange
from tests.fake_target import LIST, FakeTarget
from tests.simulator.tape.made_up_tape import BASE, exchange

ANNA = {"id": "old-id", "userName": "anna", "title": "Clerk", "emails": [{"value": "a"}, {"value": "b"}]}


def replayed(target: FakeTarget, *tape: Exchange) -> tuple[list[Departure], list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []

    async def run() -> list[Departure]:
        async with ScimClient(target.url, "token") as client:
            return await Replay(BASE, client, RunStream(None, (events.append,))).run(tape)

    return asyncio.run(run()), events


def test_ids_of_the_target_replace_those_of_the_tape_in_paths_bodies_and_answers(target: FakeTarget) -> None:
    group = {"id": "old-group", "displayName": "Sales"}
    user_sent, group_sent = ({name: value for name, value in made.items() if name != "id"} for made in (ANNA, group))
    departures, _ = replayed(
        target,
        exchange("POST", "/Users", user_sent, ANNA, 201),
        exchange("POST", "/Groups", group_sent, group, 201),
        exchange("PATCH", "/Groups/old-group", {"Operations": [{"op": "add", "path": "members", "value": [{"value": "old-id"}]}]}, status=204),
        exchange("GET", "/Groups/old-group", answer={**group, "members": [{"value": "old-id"}]}),
        exchange("DELETE", "/Users/old-id", status=204),
    )  # fmt: skip
    assert departures == []
    assert [request.path for request in target.received] == [
        "/scim/Users", "/scim/Groups", "/scim/Groups/g2", "/scim/Groups/g2", "/scim/Users/u1",
    ]  # fmt: skip
    assert b'"value":"u1"' in target.received[2].body


def test_ids_are_learned_from_lists_too(target: FakeTarget) -> None:
    target.hold("Users", "u9", userName="anna")
    listed = {"schemas": [LIST], "totalResults": 1, "Resources": [{"id": "old-id", "userName": "anna"}]}
    departures, _ = replayed(
        target,
        exchange("GET", "/Users?filter=userName+eq+%22anna%22", answer=listed),
        exchange("DELETE", "/Users/old-id", status=204),
    )
    assert departures == []
    assert target.received[-1].path == "/scim/Users/u9"


@pytest.mark.parametrize(
    ("changed", "place", "expected", "found"),
    [
        ({}, None, "", ""),
        ({"meta": {"created": "2026-01-01T00:00:00Z"}, "id": "other"}, None, "", ""),
        ({"emails": [{"value": "b"}, {"value": "a"}]}, None, "", ""),  # the order of values means nothing
        # Nor does it when the values hold URLs, which differ between any two servers.
        ({"emails": [{"value": "b", "$ref": "http://live/b"}, {"value": "a", "$ref": "http://live/a"}]}, None, "", ""),
        ({"title": "Lead"}, "title", '"Clerk"', '"Lead"'),
        ({"title": None}, "title", '"Clerk"', "null"),
        ({"nickName": "A"}, "nickName", "null", '"A"'),
        ({"emails": [{"value": "b"}, {"value": "c"}]}, "emails[0].value", '"a"', '"b"'),
        ({"emails": [{"value": "a"}]}, "emails", '[{"value":"a"},{"value":"b"}]', '[{"value":"a"}]'),
    ],
)
def test_the_first_difference_in_meaning_is_named(
    target: FakeTarget, changed: dict[str, Any], place: str | None, expected: str, found: str
) -> None:
    target.rule = lambda request: (200, {**ANNA, **changed})
    departures, events = replayed(target, exchange("GET", "/Users/old-id", answer=ANNA))
    if place is None:
        assert departures == []
    else:
        assert departures == [Departure(1, "GET /Users/old-id", place, expected, found)]
    assert [event["event"] for event in events] == ["exchange", "departure"][: 1 + len(departures)]


@pytest.mark.parametrize(
    ("answer", "found"), [((404, {}), "404"), ((201, ANNA), "201"), (None, "ConnectionResetError")]
)
def test_another_status_is_a_difference_whatever_the_body(target: FakeTarget, answer: Any, found: str) -> None:
    target.rule = lambda request: answer
    [departure], _ = replayed(target, exchange("GET", "/Users/old-id", answer=ANNA))
    assert (departure.place, departure.expected) == ("status", "200")
    assert departure.found.startswith(found)


@pytest.mark.parametrize("body", [b"", b"<html>"])
def test_recorded_bodies_that_are_not_json_count_as_none(target: FakeTarget, body: bytes) -> None:
    target.rule = lambda request: (204, None)
    recorded = replace(exchange("DELETE", "/Users/1", status=204), response_body=body)
    assert replayed(target, recorded)[0] == []
