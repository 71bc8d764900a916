"""A server of the benchmark: how a request looks on the wire, and what is read of an answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from loadtests.bench.raw_client import TargetFailed
from loadtests.bench.server import Server
from simulator.provisioning.request import Request
from tests.fake_target import fake_target, http

SERVER = Server("a", "http://127.0.0.1:1/scim/v2", "token-of-a-test")


def test_a_request_is_whole_http_with_token_and_length() -> None:
    raw = SERVER.encode(Request("POST", "/Users?a=b", {"userName": "é"}, "create user"))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /scim/v2/Users?a=b HTTP/1.1\r\n")
    assert b"\r\nauthorization: Bearer token-of-a-test" in head
    assert b"\r\ncontent-length: %d" % len(body) in head
    assert b"content-length" not in SERVER.encode(Request("GET", "/Users", None, "read"))


def test_the_token_is_not_shown() -> None:
    assert "token-of-a-test" not in repr(SERVER)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        ((200, {"id": "1"}), 200, {"id": "1"}),
        ((404, {"status": "404"}), 404, {"status": "404"}),
        (http(204, None), 204, None),
        (http(200, b"<html>"), 200, None),
    ],
)
def test_an_answer_is_its_status_and_its_json(answer: Any, status: int, body: Any) -> None:
    with fake_target(lambda request: answer) as target:
        asked = Server("a", target.url, "t").ask(Request("GET", "/Users/1", None, "read user"))
        assert asyncio.run(asked) == (status, body)


def test_a_connection_that_is_closed_without_an_answer_is_an_error() -> None:
    with fake_target(lambda request: None) as target, pytest.raises(TargetFailed):
        asyncio.run(Server("a", target.url, "t").ask(Request("GET", "/Users/1", None, "read user")))
