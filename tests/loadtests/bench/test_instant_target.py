"""The target that answers immediately: enough of SCIM for an initial cycle, whatever way the bytes arrive."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from loadtests.bench.instant_target import InstantTarget

POST = b'POST /scim/Users HTTP/1.1\r\nContent-Length: 16\r\n\r\n{"userName":"a"}'
GET = b"GET /scim/Users/7?attributes=id HTTP/1.1\r\n\r\n"


class Recorded(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.sent += bytes(data)


def answers(*pieces: bytes) -> list[tuple[int, Any]]:
    """Status and JSON of every answer to bytes that arrive in pieces."""
    transport, target = Recorded(), InstantTarget()
    target.connection_made(transport)
    for piece in pieces:
        target.data_received(piece)
    found = []
    for answer in transport.sent.split(b"HTTP/1.1 ")[1:]:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert not body or b"Content-Length: %d" % len(body) in head
        found.append((int(head[:3]), json.loads(body) if body else None))
    return found


@pytest.mark.parametrize(
    ("line", "status", "body"),
    [
        (b"GET /scim/Users/7", 200, {"id": "7"}),
        (b"GET /scim/Groups/8?excludedAttributes=members", 200, {"id": "8"}),
        (b"PATCH /scim/Users/7", 204, None),
        (b"DELETE /scim/Users/7", 204, None),
    ],
)
def test_every_resource_is_there_and_every_change_is_accepted(line: bytes, status: int, body: Any) -> None:
    assert answers(line + b" HTTP/1.1\r\n\r\n") == [(status, body)]


@pytest.mark.parametrize("query", [b"filter=a", b"count=1&filter=a", b"startIndex=1"])
def test_no_user_is_found(query: bytes) -> None:
    ((status, body),) = answers(b"GET /scim/Users?" + query + b" HTTP/1.1\r\n\r\n")
    assert (status, body["totalResults"], body["Resources"]) == (200, 0, [])


def test_a_new_user_has_what_was_sent_and_an_id_of_its_own() -> None:
    first, second = answers(POST, POST)
    assert (first[0], first[1]["userName"]) == (201, "a")
    assert first[1]["id"] != second[1]["id"]


def test_requests_may_arrive_in_pieces_or_several_at_once() -> None:
    whole = POST + GET
    at_once = [status for status, _ in answers(whole)]
    byte_by_byte = [status for status, _ in answers(*(whole[n : n + 1] for n in range(len(whole))))]
    assert at_once == byte_by_byte == [201, 200]
