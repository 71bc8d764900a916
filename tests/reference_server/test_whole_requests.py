"""Requests that arrive as a whole: they get the same responses as any other, and anything unusual goes to the parser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from uvicorn.server import ServerState

from reference_server.front_door.door import Door
from reference_server.front_door.protocol import protocol
from reference_server.front_door.whole import MOST_HEADS, WholeRequests
from reference_server.settings import Limits
from tests.support import PATCH, USER, Scim

SCIM_JSON = "Content-Type: application/scim+json\r\n"
# method, path, further headers, body
REQUESTS: dict[str, tuple[str, str, str, Any]] = {
    "a user": ("GET", "/Users/{id}", "", None),
    "an escaped path": ("GET", "/%55sers/{id}", "Connection: Keep-Alive\r\n", None),
    "an announced body of nothing": ("GET", "/Users/{id}", "Content-Length: 0\r\n", None),
    "a filter": ("GET", "/Users?filter=userName%20eq%20%22whole%22", "", None),
    "a filter that is wrong": ("GET", "/Users?filter=userName+xx+1", "", None),
    "what the client has": ("GET", "/Users/{id}", "If-None-Match: {version}\r\n", None),
    "an unknown user": ("GET", "/Users/nobody", "", None),
    "an unknown endpoint": ("GET", "/Nothing/at/all", "", None),
    "a method that is not offered": ("DELETE", "/Users", "", None),
    "a wrong token": ("GET", "/Users", "Authorization: Bearer wrong\r\n", None),
    "only the headers": ("HEAD", "/Users/{id}", "", None),
    "a search": ("POST", "/.search", SCIM_JSON, {"filter": 'userName eq "whole"'}),
    "a name that is taken": ("POST", "/Users", SCIM_JSON, {"schemas": [USER], "userName": "whole"}),
    "a body that is not JSON": ("POST", "/Users", SCIM_JSON, "{"),
    "a body of another type": ("POST", "/Users", "Content-Type: text/plain\r\n", "{}"),
    "a change of nothing": (
        "PATCH",
        "/Users/{id}",
        SCIM_JSON,
        {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "userName", "value": "whole"}]},
    ),
    "a stale version": ("PUT", "/Users/{id}", SCIM_JSON + 'If-Match: W/"0"\r\n', {"schemas": [USER], "userName": "w"}),
}


def test_the_response_does_not_depend_on_how_a_request_arrives(scim: Scim) -> None:
    place = urlsplit(scim.server.base_url)
    user = scim.user(userName="whole")
    names = {"{id}": user["id"], "{version}": user["meta"]["version"]}
    address = (str(place.hostname), int(place.port or 0))
    for what, (method, path, headers, body) in REQUESTS.items():
        for name, value in names.items():
            path, headers = path.replace(name, value), headers.replace(name, value)
        if "Authorization" not in headers:
            headers += f"Authorization: Bearer {scim.server.token}\r\n"
        raw = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        if body is not None:
            headers += f"Content-Length: {len(raw)}\r\n"
        sent = f"{method} {place.path}{path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode() + raw
        with socket.create_connection(address, timeout=300) as wire:
            in_pieces = reply_to(wire, method, sent[:40], sent[40:])
            assert {reply_to(wire, method, sent) for _ in range(3)} == {in_pieces}, what


def reply_to(wire: socket.socket, method: str, *pieces: bytes) -> bytes:
    """The response to a request in these pieces, without its date."""
    for piece in pieces:
        wire.sendall(piece)
    received = b""
    while b"\r\n\r\n" not in received:
        received += wire.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    while method != "HEAD" and length and len(body) < int(length[1]):
        body += wire.recv(65_536)
    return re.sub(rb"date: [^\r]+\r\n", b"", head) + b"\r\n\r\n" + body


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 5), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def ignore(self) -> None: ...

    pause_reading = resume_reading = close = abort = write_eof = ignore


class Front:
    """A connection to an app that notes whether a request came over ASGI or as a whole."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes, bytes]] = []
        self.waits_for: asyncio.Future[None] | None = None
        self.wire = Wire()
        limits = Limits(max_body_bytes=1_000)
        door = Door(limits, 9, 0, None, WholeRequests("/scim/", self._answer, limits))
        config = uvicorn.Config(
            self._asgi, http=protocol(door), access_log=False, proxy_headers=False, interface="asgi3"
        )
        config.load()
        made: Any = config.http_protocol_class
        self.connection = made(config, ServerState(), {}, asyncio.get_running_loop())
        self.connection.connection_made(self.wire)

    async def _answer(
        self, method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], address: str, body: bytes
    ) -> tuple[int, bytes, bytes]:
        self.seen.append((method, path, query, body))
        if self.waits_for is not None:
            await asyncio.sleep(0)
            await self.waits_for
        return 200, b"ok", b""

    async def _asgi(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def send(self, data: bytes) -> None:
        answered = len(self.wire.written)
        self.connection.data_received(data)
        for _ in range(20):
            if len(self.wire.written) == answered:
                await asyncio.sleep(0)


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs in an event loop of its own."""

    @wraps(test)
    def run(**arguments: Any) -> None:
        asyncio.run(test(**arguments))

    return run


PLAIN = b"GET /scim/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /scim/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
ASGI, PARSED, KNOWN = range(3)  # how a request reaches the app when its client sends it again


@pytest.mark.parametrize(
    ("request_", "way"),
    [
        (PLAIN, KNOWN),
        (POST + b"\r\nabc", KNOWN),
        (POST + b"Connection: keep-alive\r\n\r\nabc", KNOWN),
        (b"GET /scim/" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", KNOWN),
        (b"OPTIONS /scim/a HTTP/1.1\r\nHost: x\r\n\r\n", PARSED),
        (b"GET /scim/a#b HTTP/1.1\r\nHost: x\r\n\r\n", PARSED),
        (b'GET /scim/a?"b" HTTP/1.1\r\nHost: x\r\n\r\n', PARSED),
        (b"GET http://y/scim/a HTTP/1.1\r\nHost: x\r\n\r\n", PARSED),
        (b"GET /scim/a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", PARSED),
        (b"GET /scim/a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", PARSED),
        (b"GET /scim/a HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 3_000 + b"\r\n\r\n", PARSED),
        (b"POST /scim/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PARSED),
        (b"\r\n" + PLAIN, PARSED),
        (b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n", ASGI),
        (b"HEAD /scim/a HTTP/1.1\r\nHost: x\r\n\r\n", ASGI),
        (b"GET /scim/a HTTP/1.1\r\nHost: x\r\nA: 1\r\nA: 2\r\n\r\n", ASGI),
        (POST.replace(b"3", b"1001") + b"\r\n" + 1_001 * b"a", ASGI),
        (POST + b"Expect: 100-continue\r\n\r\nabc", ASGI),
    ],
)
@in_a_loop
async def test_usual_requests_need_neither_asgi_nor_the_parser(request_: bytes, way: int) -> None:
    front = Front()
    for number in (1, 2):
        await front.send(request_)
        assert len(front.seen) == (0 if way == ASGI else number)
    front.connection.parser = None
    if way == KNOWN:
        await front.send(request_)
        assert front.seen[0] == front.seen[1] == front.seen[2]
    elif way == PARSED:
        with pytest.raises(AttributeError):
            await front.send(request_)


@in_a_loop
async def test_a_request_in_parts_and_the_last_one_of_a_connection() -> None:
    front = Front()
    await front.send(POST + b"\r\nab")
    await front.send(b"c")
    assert front.seen == [], "ASGI reads the parts"
    await front.send(PLAIN.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    assert front.seen == [("GET", "/scim/a", b"b=c", b"")]
    assert b"\r\nconnection: close\r\n" in front.wire.written[-1]


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace(b"Host: x", b"Host: y"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN.replace(b"GET /", b"GET  /"),
        PLAIN.replace(b"GET", b"get"),
        PLAIN.replace(b"?b=c", b"?b=\xff"),
        PLAIN.replace(b"?b=c", b"?b=" + b"c" * 33_000),
        PLAIN + b"x",
        PLAIN[:-2],
        PLAIN[:-4],
    ],
)
@in_a_loop
async def test_a_known_head_admits_no_other_request(other: bytes) -> None:
    front = Front()
    await front.send(PLAIN)
    front.connection.parser = None
    with contextlib.suppress(AttributeError):
        await front.send(other)
    assert len(front.seen) == 1


@in_a_loop
async def test_pipelined_requests_are_answered_in_order() -> None:
    front = Front()
    await front.send(PLAIN)
    front.waits_for = asyncio.get_running_loop().create_future()
    front.connection.data_received(PLAIN)
    front.connection.data_received(PLAIN.replace(b"/a", b"/b"))
    assert len(front.wire.written) == 1, "the first of them is still being answered"
    front.waits_for.set_result(None)
    for _ in range(20):
        await asyncio.sleep(0)
    assert [path for _, path, _, _ in front.seen] == ["/scim/a", "/scim/a", "/scim/b"]
    assert len(front.wire.written) == 3


@in_a_loop
async def test_a_client_that_left_gets_nothing_and_a_closing_server_says_so() -> None:
    front = Front()
    await front.send(PLAIN)
    front.waits_for = asyncio.get_running_loop().create_future()
    front.connection.data_received(PLAIN)
    front.connection.shutdown()
    front.waits_for.set_result(None)
    for _ in range(20):
        await asyncio.sleep(0)
    assert b"\r\nconnection: close\r\n" in front.wire.written[-1]
    gone = Front()
    await gone.send(PLAIN)
    gone.waits_for = asyncio.get_running_loop().create_future()
    gone.connection.data_received(PLAIN)
    gone.connection.connection_lost(None)
    gone.waits_for.set_result(None)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(gone.wire.written) == 1


@in_a_loop
async def test_the_memory_for_known_heads_is_limited() -> None:
    front = Front()
    for number in range(MOST_HEADS + 2):
        await front.send(PLAIN.replace(b"Host: x", b"Host: x%d" % number))
    front.connection.parser = None
    with pytest.raises(AttributeError):
        await front.send(PLAIN.replace(b"Host: x", b"Host: x1"))
