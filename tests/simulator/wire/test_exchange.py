"""An exchange survives a file unchanged, holds no token, and reads any body."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from simulator.provisioning.request import Request
from simulator.wire.exchange import Exchange, LocalAnswer

AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
CREATED = Exchange(
    number=7,
    method="POST",
    url="https://host.example/Users",
    request_headers={"authorization": "Bearer [redacted]", "content-type": "application/scim+json"},
    request_body='{"userName":"Łucja"}'.encode(),
    status=201,
    response_headers={"location": "https://host.example/Users/1"},
    response_body=b'{"id":"1"}',
    started_at=datetime(2026, 11, 30, 12, 0, 0, 250_000, tzinfo=UTC),
    duration_ms=12.345,
    virtual_at=AT,
    cause={"cycle": "1", "person": "p-1", "operation": "create user"},
)
LOST = replace(CREATED, status=None, response_headers={}, response_body=b"", failure="too late", timed_out=True)
READ = replace(CREATED, method="GET", request_body=None, virtual_at=None)


@pytest.mark.parametrize("exchange", [CREATED, LOST, READ], ids=["created", "lost", "read"])
def test_an_event_gives_the_same_exchange_back(exchange: Exchange) -> None:
    assert Exchange.from_event(json.loads(json.dumps(exchange.to_event()))) == exchange


def test_an_event_has_no_secret_even_when_the_record_has_one() -> None:
    leaky = replace(
        CREATED,
        request_headers={"Authorization": "Bearer top-secret"},
        response_headers={"set-cookie": "session=top-secret"},
    )
    assert "top-secret" not in json.dumps(leaky.to_event())


def test_bytes_that_are_not_text_do_not_stop_the_record() -> None:
    assert replace(CREATED, response_body=b"\xff\xfe{").to_event()["response_body"] == "\ufffd\ufffd{"


def test_times_of_another_zone_are_read_as_utc() -> None:
    there = datetime(2026, 3, 2, 10, 5, tzinfo=timezone(timedelta(hours=1)))
    event = CREATED.to_event()
    event["started_at"] = there.isoformat()
    assert Exchange.from_event(event).started_at.isoformat() == "2026-03-02T09:05:00+00:00"


def test_an_event_of_another_shape_is_an_error() -> None:
    damaged: Any = CREATED.to_event()
    with pytest.raises(ValueError, match="isoformat"):
        Exchange.from_event(damaged | {"started_at": "yesterday"})
    del damaged["url"]
    with pytest.raises(KeyError):
        Exchange.from_event(damaged)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"id":"1"}', {"id": "1"}),
        (b"", None),
        (b"<html>", None),
        (b'{"id":', None),
        (b"NaN", None),
        (b'{"totalResults":Infinity}', None),
        (b'"\\ud800"', "\ufffd"),  # half a surrogate pair, which strict readers reject
        (b"[" * 300 + b"]" * 300, None),  # more levels than can be written again
        (b'{"a": "\\ud800", "b": 1' + b"0" * 5_000 + b"}", None),
        (b"[" * 100_000, None),
        (b"\xff", None),
    ],
    ids=[
        "object",
        "empty",
        "HTML",
        "cut",
        "NaN",
        "Infinity",
        "half a pair",
        "too deep to write",
        "huge number",
        "deep",
        "not UTF-8",
    ],
)
def test_a_body_that_is_not_json_is_none(body: bytes, value: Any) -> None:
    assert replace(CREATED, response_body=body).response_json() == value


def test_a_request_that_was_never_sent_has_its_local_answer() -> None:
    request = Request("PATCH", "/Users/1", {"Operations": []}, "update user")
    answer = LocalAnswer(None, failure="the connection was reset")
    exchange = Exchange.never_sent(request, "http://target", answer, virtual_at=AT, cause={"cycle": "2"})
    assert (exchange.method, exchange.url, exchange.request_body) == (
        "PATCH",
        "http://target/Users/1",
        b'{"Operations":[]}',
    )
    assert (exchange.status, exchange.failure) == (None, "the connection was reset")
    assert exchange.cause == {"cycle": "2", "operation": "update user"}
    assert exchange.request_headers == {}
    assert exchange.virtual_at == AT
