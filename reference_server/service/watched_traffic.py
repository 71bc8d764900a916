"""The traffic pages that someone looks at: for a while, the requests of their connections are kept in full and judged.

The judge of clients comes from outside (`scimulator serve` passes that of `conformance`), so the server does not depend on it.
Requests of other connections cost nothing more.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from reference_server.service.traffic import KEPT, Finding, Seen, Traffic
from secrecy.places import without_secrets

SECONDS = 900  # that a connection is watched after someone has looked at its page
MOST_BYTES = 256 * 1024  # of one body that are kept
SECRETS = frozenset(["authorization", "proxy-authorization", "cookie"])

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class App(Protocol):
    """The SCIM app: over ASGI, and for complete requests (see `front_door.whole`)."""

    def __call__(self, scope: Any, receive: Receive, send: Send) -> Awaitable[None]: ...

    def answer_whole(self, method: str, path: str, *rest: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request in full, without credentials. `path` is below the connection, as the client wrote it."""

    at: datetime
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    is_whole: bool  # False for a body that is too large, has a secret, or was rejected without being read
    status: int
    reply: bytes


class Judge(Protocol):
    """Judges the requests of one client, in the order in which they came."""

    judged: int

    def judge_recorded(self, requests: Sequence[Recorded]) -> list[list[Finding]]: ...

    def broken(self) -> list[dict[str, Any]]: ...


# Makes a judge for a base URL, and the server's ServiceProviderConfig, resource types, and schemas by URN.
OpenJudge = Callable[[str, dict[str, Any], list[dict[str, Any]], dict[str, dict[str, Any]]], Judge]


class Watch:
    """One connection that is watched: the requests that wait for the judge, and the findings on the others."""

    def __init__(self, open_judge: Callable[[], Judge]) -> None:
        self.until = 0.0
        self._open_judge = open_judge
        self._judge: Judge | None = None
        self._waiting: deque[tuple[Seen, Recorded]] = deque(maxlen=KEPT)
        self._judged: deque[tuple[Seen, list[Finding]]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def note(self, seen: Seen, recorded: Recorded) -> None:
        self._waiting.append((seen, recorded))

    def judge(self) -> Verdicts:
        """Judge what waits. It takes a while, so call it on a thread of its own."""
        with self._lock:
            self._judge = self._judge or self._open_judge()
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            findings = self._judge.judge_recorded([recorded for _, recorded in waiting])
            self._judged.extend((seen, found) for (seen, _), found in zip(waiting, findings, strict=True))
            return Verdicts(list(self._judged), self._judge.broken(), self._judge.judged)


class Verdicts:
    """What a page shows about a client: the findings on each request, and `broken`, the rules with their counts."""

    def __init__(self, judged: list[tuple[Seen, list[Finding]]], broken: list[dict[str, Any]], count: int) -> None:
        self._of = {id(seen): (seen, found) for seen, found in judged}  # entries are compared by identity
        self.broken, self.judged = broken, count

    def of(self, seen: Seen) -> list[Finding] | None:
        """The findings on a request; None if it was not judged."""
        found = self._of.get(id(seen))
        return found[1] if found else None


class WatchedTraffic:
    """The ASGI layer directly around the SCIM app that records the requests of watched connections."""

    def __init__(self, app: App, traffic: Traffic, open_judge: Callable[[str], Judge]) -> None:
        self._app, self._traffic, self._open_judge = app, traffic, open_judge
        self._watches: dict[str, Watch] = {}
        self._recorded: dict[str, Watch] = {}  # those that someone has looked at lately

    def watch(self, connection_id: str) -> Watch:
        """Record the requests of a connection from now on, because someone looks at its page."""
        watch = self._watches.setdefault(connection_id, Watch(lambda: self._open_judge(connection_id)))
        watch.until = time.monotonic() + SECONDS
        self._recorded[connection_id] = watch
        return watch

    def forget(self, connection_id: str) -> None:
        """Drop what was recorded of a connection that has been deleted."""
        self._watches.pop(connection_id, None)
        self._recorded.pop(connection_id, None)

    def answer_whole(self, method: str, path: str, *rest: Any) -> Any:
        """The response of the SCIM app to a complete request; None for a watched connection, which needs this layer."""
        if self._recorded and path.split("/", 4)[3] in self._recorded:
            return None
        return self._app.answer_whole(method, path, *rest)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._recorded:
            return self._watched(scope, receive, send)
        return self._app(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection_id = scope["path"].split("/", 4)[3]
        watch = self._recorded.get(connection_id)
        if watch is None:
            await self._app(scope, receive, send)
        elif watch.until < time.monotonic():
            del self._recorded[connection_id]
            await self._app(scope, receive, send)
        else:
            await _Recording(scope, receive, send).run(self._app, self._traffic, connection_id, watch)


class _Recording:
    """One request on its way through the SCIM app."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._body, self._reply = bytearray(), bytearray()
        self._is_whole = not _has_body(scope["headers"])
        self._status = 0
        self._seen: Seen | None = None

    async def run(self, app: App, traffic: Traffic, connection_id: str, watch: Watch) -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                if self._scope.get("is_noted"):
                    # The app notes a request and sends its response in one step, so the newest one is this one.
                    self._seen = traffic.newest(connection_id)
            elif len(self._reply) < MOST_BYTES:
                self._reply += message.get("body", b"")
            await self._send(message)

        try:
            await app(self._scope, self._hear, send)
        finally:
            if self._seen is not None:
                watch.note(self._seen, self._recorded(connection_id, self._seen[0]))

    async def _hear(self) -> Any:
        message = await self._receive()
        if message["type"] == "http.request" and len(self._body) <= MOST_BYTES:
            self._body += message.get("body", b"")
            self._is_whole = not message.get("more_body") and len(self._body) <= MOST_BYTES
        return message

    def _recorded(self, connection_id: str, at: datetime) -> Recorded:
        scope = self._scope
        written = scope.get("raw_path") or scope["path"].encode()
        _, _, rest = written.decode("latin-1").partition(f"/{connection_id}")
        query = scope["query_string"].decode("latin-1")
        body = _without_secrets(bytes(self._body)) if self._is_whole else None
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return Recorded(
            at=at,
            method=scope["method"],
            path=f"{rest}?{query}" if query else rest,
            headers={name: value for name, value in headers.items() if name not in SECRETS},
            body=body or b"",
            is_whole=body is not None,
            status=self._status,
            reply=bytes(self._reply) if len(self._reply) < MOST_BYTES else b"",
        )


def _without_secrets(body: bytes) -> bytes | None:
    """The body with the values of passwords replaced; None if it mentions one and cannot be read."""
    if b"passw" not in body.lower():
        return body
    try:
        return orjson.dumps(without_secrets(orjson.loads(body)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


def _has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    held = dict(headers)
    return b"transfer-encoding" in held or held.get(b"content-length", b"0") != b"0"
