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
    "down",  # nothing responds
    "throttled",  # every second request gets a 429
    "errors_before",  # 500, and the target never saw the request
    "errors_after",  # 500, although the target carried the request out
    "slow",  # carried out, after up to twice the time-out on the virtual clock; what comes too late did not come
    "loses_replies",  # carried out, and the connection is cut before the response
    "loses_writes",  # a response says that it was carried out, and it was not
    "token_refused",  # 401
    "killed",  # the embedded server is killed while it has the request, and started again
]


class Sender(Protocol):
    """A client that faults can be injected in front of."""

    base_url: str

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange: ...


@dataclass(slots=True)
class Outage:
    """One kind of fault until a virtual moment, or for `count` requests; it hits the given `share` of them."""

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
            return False  # nobody can answer for an id that does not exist
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
        self.delay = timedelta()  # virtual time that slow answers have taken since somebody asked
        self.base_url = client.base_url
        self.active: list[Outage] = []
        self.struck: dict[str, int] = {}

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """Send, unless something is in the way."""
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
            return replace(done, status=None, response_body=b"", response_headers={}, failure="the connection was cut")
        status = {"throttled": 429, "errors_before": 500, "loses_writes": 204, "token_refused": 401}.get(outage.kind)
        answer = LocalAnswer(
            status,
            headers={"retry-after": "30"} if status == 429 else {},
            failure=None if status else "the target is down (scenario)",
        )
        return Exchange.never_sent(request, self.base_url, answer, virtual_at=virtual_at, cause=cause)

    async def _slow(self, outage: Outage, request: Request, at: datetime, cause: dict[str, str] | None) -> Exchange:
        """The target does it; the answer takes its time, and beyond the time-out nobody waits any more."""
        done = await self._client.send(request, virtual_at=at, cause=cause)
        seconds = outage.dice.uniform(0, 2 * self._timeout)
        self.delay += timedelta(seconds=min(seconds, self._timeout))
        if seconds < self._timeout:
            return done
        failure = f"no answer within {self._timeout:g} s"
        return replace(done, status=None, response_body=b"", response_headers={}, failure=failure)

    async def _killed(self, request: Request, at: datetime, cause: dict[str, str] | None) -> Exchange:
        """The request is on its way when the server dies: it may have been done or not."""
        sending = asyncio.create_task(self._client.send(request, virtual_at=at, cause=cause))
        await asyncio.sleep(0)
        if self._kill is not None:
            await self._kill(at)
        return await sending
