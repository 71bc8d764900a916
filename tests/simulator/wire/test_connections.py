"""Blocking connections: one request is one send, with no redirect, no cookie, and no answer beyond the limits."""

from __future__ import annotations

import tracemalloc

import pytest
import urllib3

from simulator.wire.body import MAX_BODY_BYTES, Unusable
from simulator.wire.connections import Connections
from tests.fake_target import Drip, bomb, fake_target, http

HEAD = b"HTTP/1.1 200 OK\r\n"


def test_an_answer_is_returned_as_it_came_and_its_cookie_is_not_returned() -> None:
    head = b"HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n"
    moved = head + b"Set-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nhi"
    with fake_target(lambda request: moved) as target:
        connections = Connections(30.0)
        for _ in range(2):
            reply = connections.request("GET", f"{target.url}/Users", {"X-Own": "1"})
            assert (reply.status, reply.all("set-cookie"), reply.body) == (302, "a=1, b=2", b"hi")
        sent = [line.lower() for request in target.received for line in request.headers]
    assert len(target.received) == 2
    assert not [line for line in sent if line.startswith("cookie")]


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"".join([b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 40),
        HEAD + b"content-length: 99999999999\r\n\r\n",
        http(200, bomb(400), content_encoding="deflate"),
    ],
    ids=["chunks", "declared", "bomb"],
)
def test_an_answer_beyond_the_limit_is_unusable_and_takes_no_more_memory(answer: bytes) -> None:
    with fake_target(lambda request: answer) as target:
        tracemalloc.start()
        with pytest.raises(Unusable):
            Connections(60.0).request("GET", target.url, {})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


def test_an_answer_that_never_ends_is_late() -> None:
    dripping = Drip(HEAD + b"content-length: 100000\r\n\r\n")
    with fake_target(lambda request: dripping) as target, pytest.raises(Unusable, match="no complete response within"):
        Connections(0.5).request("GET", target.url, {})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_connection_that_ends_without_an_answer_is_no_reason_to_send_again(method: str) -> None:
    with fake_target(lambda request: http(200, {}) if request.path.endswith("first") else None) as target:
        connections = Connections(30.0)
        connections.request("GET", f"{target.url}/first", {})
        with pytest.raises(urllib3.exceptions.HTTPError):
            connections.request(method, f"{target.url}/second", {})
        assert [request.path.rpartition("/")[2] for request in target.received] == ["first", "second"]
