"""The effects of faults on one request. Each function receives the app, the request, and the value of the rule."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

CUT = "scimulator.cut"  # the ASGI extension that closes the connection without sending another byte
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PIECES = 10
HEADER = b"scimulator-fault"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response of the app."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Strike:
    """An affected request, with the value of the fault header and the previous response for the same URL."""

    announced: bytes
    retry_after_s: int | None
    previous: Answer | None


async def status(app: App, scope: Scope, receive: Receive, send: Send, value: int, strike: Strike) -> None:
    """Respond with a status without passing the request to the app."""
    body = {"schemas": [ERROR], "status": str(value), "detail": "injected fault"}
    headers = [(b"content-type", b"application/scim+json")]
    if strike.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % strike.retry_after_s))
    await _send(send, Answer(value, tuple(headers), orjson.dumps(body)), strike, head=scope["method"] == "HEAD")


async def delay_ms(app: App, scope: Scope, receive: Receive, send: Send, value: int, strike: Strike) -> None:
    """Wait, then pass the request to the app."""
    await asyncio.sleep(value / 1000)
    await _send(send, await answer_of(app, scope, receive), strike)


async def slow_body_ms(app: App, scope: Scope, receive: Receive, send: Send, value: int, strike: Strike) -> None:
    """Send the body in pieces over this time."""
    answer = await answer_of(app, scope, receive)
    await send(_start(answer, strike))
    size = max(1, len(answer.body) // PIECES)
    pieces = [answer.body[at : at + size] for at in range(0, len(answer.body), size)]
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(value / 1000 / len(pieces))
    await send({"type": "http.response.body", "body": b""})


async def cut(app: App, scope: Scope, receive: Receive, send: Send, value: str, strike: Strike) -> None:
    """Close the connection before the app receives the request, or in the middle of the response body."""
    if value == "within":
        answer = await answer_of(app, scope, receive)
        await send(_start(answer, strike))
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        await asyncio.sleep(0)
    await end_connection(scope, receive)


async def lose_reply(app: App, scope: Scope, receive: Receive, send: Send, value: bool, strike: Strike) -> None:
    """Let the app carry out the request, then close the connection, so that the client does not learn the result."""
    await answer_of(app, scope, receive)
    await end_connection(scope, receive)


async def duplicate(app: App, scope: Scope, receive: Receive, send: Send, value: bool, strike: Strike) -> None:
    """Deliver the request twice, as a retrying proxy does, and return the second response."""
    body = await _whole_body(receive)
    await answer_of(app, dict(scope), _again(body))
    await _send(send, await answer_of(app, dict(scope), _again(body)), strike)


async def stale_read(app: App, scope: Scope, receive: Receive, send: Send, value: bool, strike: Strike) -> None:
    """Return the previous response to a read, as a lagging replica does."""
    answer = await answer_of(app, scope, receive)
    await _send(send, strike.previous or answer, strike, head=scope["method"] == "HEAD")


async def answer_of(app: App, scope: Any, receive: Receive) -> Answer:
    """The complete response of the app."""
    started: dict[str, Any] = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return Answer(started["status"], tuple(started["headers"]), bytes(body))


async def end_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection of a request and wait until it is closed; process.py provides the ASGI extension for it."""
    scope["extensions"][CUT]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, answer: Answer, strike: Strike, *, head: bool = False) -> None:
    await send(_start(answer, strike))
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


def _start(answer: Answer, strike: Strike) -> dict[str, Any]:
    headers = [*answer.headers, (HEADER, strike.announced)]
    if answer.body and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


BY_NAME: dict[str, Callable[..., Awaitable[None]]] = {
    "status": status,
    "delay_ms": delay_ms,
    "cut": cut,
    "slow_body_ms": slow_body_ms,
    "duplicate": duplicate,
    "lose_reply": lose_reply,
    "stale_read": stale_read,
}
