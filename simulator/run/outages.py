"""Injects faults between a provider and its target on virtual time: outages, throttling, lost writes and lost replies.

Only the requests of the provisioning engine are affected. What the run reads to verify the target bypasses the faults.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from simulator.provisioning.request import Request
from simulator.wire.exchange import Exchange, LocalAnswer

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
OutageKind = Literal[
    "down",  # the target does not respond
    "throttled",  # every second request gets status 429
    "errors_before",  # status 500; the target never receives the request
    "errors_after",  # status 500, although the target processed the request
    "slow",  # processed, but the response takes up to twice the timeout on the virtual clock and may arrive too late
    "loses_replies",  # processed, but the connection closes before the response
    "loses_writes",  # the response reports success, but nothing is stored
    "token_refused",  # status 401
    "killed",  # the embedded server is killed while it processes the request, and restarted
]


class Sender(Protocol):
    """A client that can be wrapped with injected faults."""

    base_url: str

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange: ...


@dataclass(slots=True)
class Outage:
    """One kind of fault, active until a virtual time or for `count` requests. It affects the given `share` of requests."""

    kind: OutageKind
    until: datetime
    count: int | None = None
    share: float = 1.0
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    hits: int = 0

    def strikes(self, request: Request, at: datetime) -> bool:
        if at >= self.until or self.count == 0:
            return False
        if self.kind in ("errors_after", "loses_replies", "loses_writes") and request.method not in WRITES:
            return False
        if self.kind == "loses_writes" and request.method == "POST":
            return False  # a successful response would need the id of a resource that does not exist
        if self.share < 1.0 and self.dice.random() >= self.share:
            return False
        self.hits += 1
        if self.count is not None:
            self.count -= 1
        return self.kind != "throttled" or self.hits % 2 == 0


class Outages:
    """A client that injects the active faults into the requests sent through it."""

    def __init__(
        self,
        client: Sender,
        kill: Callable[[datetime], Awaitable[None]] | None = None,
        *,
        timeout_seconds: float = 100.0,
    ) -> None:
        self._client, self._kill, self._timeout = client, kill, timeout_seconds
        self.delay = timedelta()  # virtual time that slow responses have taken since the last cycle
        self.base_url = client.base_url
        self.active: list[Outage] = []
        self.struck: dict[str, int] = {}

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """Send a request, or the fault that hits it."""
        assert virtual_at is not None
        outage = next((outage for outage in self.active if outage.strikes(request, virtual_at)), None)
        if outage is None:
            return await self._client.send(request, virtual_at=virtual_at, cause=cause)
        self.struck[outage.kind] = self.struck.get(outage.kind, 0) + 1
        if outage.kind == "killed":
            return await self._killed(request, virtual_at, cause)
        if outage.kind == "slow":
            return await self._slow(outage, request, virtual_at, cause)
        if outage.kind in ("errors_after", "loses_replies"):
            done = await self._client.send(request, virtual_at=virtual_at, cause=cause)
            if outage.kind == "errors_after":
                return replace(done, status=500, response_body=b"", response_headers={})
            return replace(
                done, status=None, response_body=b"", response_headers={}, failure="the connection was closed"
            )
        status = {"throttled": 429, "errors_before": 500, "loses_writes": 204, "token_refused": 401}.get(outage.kind)
        answer = LocalAnswer(
            status,
            headers={"retry-after": "30"} if status == 429 else {},
            failure=None if status else "the scenario simulates that the target is down",
        )
        return Exchange.never_sent(request, self.base_url, answer, virtual_at=virtual_at, cause=cause)

    async def _slow(self, outage: Outage, request: Request, at: datetime, cause: dict[str, str] | None) -> Exchange:
        """The target processes the request; a response after the timeout counts as none."""
        done = await self._client.send(request, virtual_at=at, cause=cause)
        seconds = outage.dice.uniform(0, 2 * self._timeout)
        self.delay += timedelta(seconds=min(seconds, self._timeout))
        if seconds < self._timeout:
            return done
        failure = f"no response within {self._timeout:g} s"
        return replace(done, status=None, response_body=b"", response_headers={}, failure=failure, timed_out=True)

    async def _killed(self, request: Request, at: datetime, cause: dict[str, str] | None) -> Exchange:
        """The server is killed during the request, which may or may not have been processed."""
        sending = asyncio.create_task(self._client.send(request, virtual_at=at, cause=cause))
        await asyncio.sleep(0)
        if self._kill is not None:
            await self._kill(at)
        return await sending
