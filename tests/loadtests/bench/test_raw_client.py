"""The measuring client reads answers right however they arrive: a benchmark that miscounts measures nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.bench.raw_client import Round, TargetFailed, encode, send_all

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX: y\r\n\r\n{"id": "1"}'
CHUNKED = b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n6;x=y\r\n: "1"}\r\n0\r\n\r\n'
# The chunk ends in what looks like the last chunk; only counting tells the difference.
TRICKY = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\nserver: x\r\n\r\n"


@asynccontextmanager
async def answering(pieces: Sequence[bytes], received: list[bytes]) -> AsyncIterator[str]:
    """A server that answers each request with these pieces, one write each."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                received.append(await reader.readuntil(b"\r\n\r\n"))
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def measured(pieces: Sequence[bytes], requests: int, *, connections: int = 1, seconds: float = 5.0) -> Round:
    async def run() -> Round:
        async with answering(pieces, []) as url:
            work = itertools.repeat(encode("GET", f"{url}/Users", "t"), requests)
            return await send_all(url, work, connections=connections, seconds=seconds, keep_bodies=True)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [(PLAIN, 200, b'{"id": "1"}'), (CHUNKED, 201, b'{"id": "1"}'), (TRICKY, 200, b"0\r\n\r\n"), (EMPTY, 204, b"")],
    ids=["length", "chunked", "chunk that looks like the last", "no content"],
)
def test_an_answer_is_read_whole(answer: bytes, status: int, body: bytes) -> None:
    found = measured([answer], 3)
    assert found.statuses == {status: 3}
    assert found.bodies == [body] * 3
    assert len(found.latencies) == 3


@settings(deadline=None, max_examples=30)
@given(answer=st.sampled_from([PLAIN, CHUNKED, TRICKY]), cuts=st.lists(st.integers(1, 80), max_size=4))
def test_an_answer_in_pieces_is_read_whole(answer: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted({cut for cut in cuts if cut < len(answer)}), len(answer)]
    found = measured([answer[a:b] for a, b in itertools.pairwise(edges)], 2)
    assert sum(found.statuses.values()) == 2
    assert len(set(found.bodies)) == 1


def test_requests_are_shared_by_the_connections_and_sent_once() -> None:
    found = measured([PLAIN], 50, connections=7)
    assert found.statuses == {200: 50}
    assert found.requests_per_second > 0
    assert 0 < found.latency_ms(50) <= found.latency_ms(99) <= found.latency_ms(100)


def test_a_round_ends_in_time() -> None:
    found = measured([PLAIN], 10**9, seconds=0.05)
    assert 0.04 < found.seconds < 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"HTTP/1.0 200 OK\r\n\r\n", "not HTTP/1.1"), (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "not HTTP/1.1")],
)
def test_what_is_no_http_is_rejected(answer: bytes, words: str) -> None:
    with pytest.raises(TargetFailed, match=words):
        measured([answer], 1)


def test_a_connection_that_is_closed_is_reported() -> None:
    async def run() -> None:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            await send_all(url, iter([encode("GET", url, "t")]), connections=1)
        finally:
            server.close()

    with pytest.raises(TargetFailed, match="closed a connection"):
        asyncio.run(run())


def test_a_request_is_encoded_as_it_goes_over_the_wire() -> None:
    assert encode("POST", "http://h:1/scim/Users?x=1", "T", b"{}") == (
        b"POST /scim/Users?x=1 HTTP/1.1\r\nhost: h:1\r\naccept: application/scim+json\r\nauthorization: Bearer T\r\n"
        b"content-type: application/scim+json\r\ncontent-length: 2\r\n\r\n{}"
    )
