"""Both clients read the same responses, however these arrive, and reject the same ones."""

from __future__ import annotations

import asyncio
import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.body import Unusable
from simulator.wire.connections import Connections
from simulator.wire.http_client import HttpClient
from simulator.wire.response_reader import MAX_HEAD_BYTES, ResponseReader
from tests.fake_target import fake_target

HEAD = b"HTTP/1.1 200 OK\r\n"
SIZED = HEAD + b"content-length: 2\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n"
# (method, what the server sends, status, body)
READABLE = [
    ("GET", SIZED + b"\r\nhi", 200, b"hi"),
    ("GET", HEAD + b"\r\nhi", 200, b"hi"),
    ("GET", b"HTTP/1.0 200 OK\r\n\r\nhi", 200, b"hi"),
    ("GET", HEAD + b"transfer-encoding: gzip\r\n\r\nhi", 200, b"hi"),
    ("GET", CHUNKED + b"\r\n1;x=y\r\nh\r\n1 \r\ni\r\n0\r\ntrailer: 1\r\n\r\n", 200, b"hi"),
    ("GET", CHUNKED + b"content-length: 7\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, b"hi"),
    ("GET", b"HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nhi", 204, b""),
    ("GET", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n", 304, b""),
    ("GET", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + SIZED + b"\r\nhi", 200, b"hi"),
    ("GET", b"HTTP/1.1 200\ncontent-length: 2\n\nhi", 200, b"hi"),
    ("GET", HEAD + b"etag: \xfc\r\ncontent-length: 2\r\n\r\nhi", 200, b"hi"),
    ("GET", SIZED + b"\r\nhi and more", 200, b"hi"),
    ("HEAD", SIZED + b"\r\n", 200, b""),
    ("HEAD", SIZED + b"\r\nhi", 200, b""),
    ("GET", HEAD + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"hi", mtime=0), 200, b"hi"),
]
UNREADABLE = [
    b"",
    HEAD + b"content-le",
    SIZED + b"\r\nh",
    CHUNKED + b"\r\n2\r\nhi\r\n",
    CHUNKED + b"\r\nzz\r\nhi\r\n0\r\n\r\n",
    b"nonsense\r\n\r\n",
    HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nhi",
    HEAD + b"content-length: " + b"9" * 5_000 + b"\r\n\r\nhi",
    HEAD + b"content-encoding: br\r\n\r\nhi",
    HEAD + b"x-long: " + b"x" * MAX_HEAD_BYTES + b"\r\ncontent-length: 2\r\n\r\nhi",
    HEAD + b"x-many: x\r\n" * MAX_HEAD_BYTES + b"content-length: 2\r\n\r\nhi",
]

Outcome = tuple[int, dict[str, str], bytes] | str


def awaited(method: str, url: str) -> Outcome:
    """What the asynchronous client reads: status, headers, and body, or the error."""

    async def request() -> Outcome:
        client = HttpClient(url, timeout_s=30.0)
        try:
            response = await client.request(method, url, {}, None)
        except (Unusable, ConnectionError) as error:
            return str(error)
        finally:
            client.close()
        return response.status, response.headers, response.body

    return asyncio.run(request())


def blocking(method: str, url: str) -> Outcome:
    """What the blocking client reads."""
    try:
        reply = Connections(30.0).request(method, url, {})
    except (Unusable, ConnectionError) as error:
        return str(error)
    return reply.status, {name: values[-1] for name, values in reply.headers.items()}, reply.body


@pytest.mark.parametrize(("method", "answer", "status", "body"), READABLE)
def test_both_clients_read_every_form_of_a_response_to_its_end(
    method: str, answer: bytes, status: int, body: bytes
) -> None:
    with fake_target(lambda request: answer) as target:
        found = awaited(method, target.url)
        assert blocking(method, target.url) == found
    assert isinstance(found, tuple)
    assert (found[0], found[2]) == (status, body)
    assert not {"trailer", "link"} & set(found[1])


@pytest.mark.parametrize("answer", UNREADABLE, ids=range(len(UNREADABLE)))
def test_both_clients_reject_a_response_that_is_incomplete_too_large_or_not_http(answer: bytes) -> None:
    with fake_target(lambda request: answer) as target:
        found = awaited("GET", target.url)
        assert isinstance(found, str)
        assert blocking("GET", target.url) == found


def test_a_switch_to_another_protocol_is_read_by_the_suite_and_an_error_for_a_simulation() -> None:
    answer = b"HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhi"
    with fake_target(lambda request: answer) as target:
        found = blocking("GET", target.url)
        assert (found[0], found[2]) == (101, b"")
        assert "another protocol" in awaited("GET", target.url)


@given(st.sampled_from(READABLE), st.lists(st.integers(0, 120), max_size=5))
def test_a_response_is_the_same_however_it_is_cut(case: tuple[str, bytes, int, bytes], cuts: list[int]) -> None:
    method, answer, status, _ = case
    places = [0, *sorted(cuts), len(answer)]
    pieces = [answer[begin:end] for begin, end in pairwise(places)]
    whole, parts = ResponseReader(), ResponseReader()
    whole.expect(method)
    whole.feed(answer)
    parts.expect(method)
    for piece in pieces:
        if not parts.is_complete:
            parts.feed(piece)
    for reader in (whole, parts):
        if not reader.is_complete:
            reader.end()
    assert (parts.status, parts.fields, parts.body) == (whole.status, whole.fields, whole.body)
    assert parts.status == status


def test_a_reader_reads_one_response_after_another() -> None:
    reader = ResponseReader()
    for method, answer, body in [("GET", SIZED + b"\r\nhi", b"hi"), ("HEAD", SIZED + b"\r\n", b"")] * 2:
        reader.expect(method)
        reader.feed(answer)
        assert (reader.status, reader.body, reader.is_complete, reader.keeps_alive) == (200, body, True, True)
