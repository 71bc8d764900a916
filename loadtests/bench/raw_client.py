"""A raw keep-alive HTTP/1.1 client on asyncio with so little work per request that the server is the bottleneck.

Requests are prepared as bytes, and only the status and length of a response are read. Use it only for measurements.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0  # beyond the planned time of a round, after which the server counts as hanging


class TargetFailed(Exception):
    """The target closed a connection, sent invalid HTTP, or stopped responding. The message states which."""


@dataclass(slots=True)
class Round:
    """The measurements of a round. `client_share` is the client's share of a core (1.0: it was the bottleneck)."""

    seconds: float = 0.0
    client_share: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)  # seconds
    bodies: list[bytes] = field(default_factory=list)  # only if requested

    @property
    def requests_per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def latency_ms(self, percentile: float) -> float:
        """A latency percentile in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percentile / 100))] * 1000 if ordered else 0.0


def encode(method: str, url: str, token: str, body: bytes | None = None) -> bytes:
    """A request as bytes."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}", "accept: application/scim+json"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if body is not None:
        lines += ["content-type: application/scim+json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


async def send_all(
    url: str,
    requests: Iterator[bytes],
    *,
    connections: int = 16,
    seconds: float = float("inf"),
    keep_bodies: bool = False,
) -> Round:
    """Send requests over several connections until they or the time run out. Raises TargetFailed or OSError."""
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    work = _Work(requests, keep_bodies)
    lanes = []
    for _ in range(connections):
        _, lane = await loop.create_connection(
            lambda: _Lane(work, loop), parts.hostname or parts.netloc, port, ssl=secure
        )
        lanes.append(lane)
    began, cpu_began = time.perf_counter(), time.process_time()
    work.deadline = began + seconds
    for lane in lanes:
        lane.send_next(first=True)
    patience = seconds + PATIENCE_SECONDS if seconds < float("inf") else None
    lasting = [lane.done for lane in lanes]
    try:
        done, waiting = await asyncio.wait(lasting, timeout=patience, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for lane in lanes:
            lane.close()
    errors = [error for lane in done if (error := lane.exception())]
    if errors:
        raise errors[0]
    if waiting:
        raise TargetFailed(f"no response for {PATIENCE_SECONDS:g} s")
    work.round.seconds = time.perf_counter() - began
    work.round.client_share = (time.process_time() - cpu_began) / work.round.seconds
    return work.round


class _Work:
    """The state that the connections share."""

    def __init__(self, requests: Iterator[bytes], keep_bodies: bool) -> None:
        self.requests = requests
        self.keep_bodies = keep_bodies
        self.deadline = 0.0
        self.round = Round()


class _Lane(asyncio.Protocol):
    """One connection: sends a request, reads the complete response, and sends the next request."""

    def __init__(self, work: _Work, loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.done: asyncio.Future[None] = loop.create_future()
        self.buffer = b""
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send_next(self, *, first: bool = False) -> None:
        """Send the next request before the deadline. The `first` is always sent, even if a busy machine delayed the round."""
        self.sent_at = time.perf_counter()
        request = next(self.work.requests, None) if first or self.sent_at < self.work.deadline else None
        if request is None:
            self._finish(None)
        elif self.transport is not None:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        try:
            body = _whole_body(self.buffer)
        except ValueError:
            self._finish(TargetFailed("the response is not HTTP/1.1"))
            return
        if body is None:
            return
        measured = self.work.round
        measured.latencies.append(time.perf_counter() - self.sent_at)
        measured.statuses[int(self.buffer[9:12])] += 1
        if self.work.keep_bodies:
            measured.bodies.append(body)
        self.buffer = b""
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(TargetFailed("the target closed a connection during a round"))

    def close(self) -> None:
        self._finish(None)
        if self.transport is not None:
            self.transport.close()

    def _finish(self, error: TargetFailed | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


def _whole_body(buffer: bytes) -> bytes | None:
    """The body of the response in the buffer; None if it is incomplete. Raises ValueError."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    if not buffer.startswith(b"HTTP/1.1 "):
        raise ValueError("not HTTP/1.1")
    head = buffer[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at + 2)
        length = int(head[at + 17 : stop if stop > 0 else end])
        return buffer[end + 4 : end + 4 + length] if len(buffer) >= end + 4 + length else None
    return _joined(buffer[end + 4 :]) if b"\r\ntransfer-encoding: chunked" in head else b""


def _joined(chunks: bytes) -> bytes | None:
    """The body of a chunked transfer (RFC 9112 section 7.1); None before the last chunk."""
    body = b""
    while True:
        size, line_end, rest = chunks.partition(b"\r\n")
        if not line_end:
            return None
        length = int(size.partition(b";")[0], 16)
        if len(rest) < length + 2:
            return None
        if length == 0:
            return body
        body += rest[:length]
        chunks = rest[length + 2 :]
