"""Turn: the processing of one object in a cycle, from import to export, as the provisioning log shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.provisioning.answers import Failed, Fault
from simulator.provisioning.request import Request
from simulator.stream.events import EntryAction, EntryKind, EntryStatus, ObjectKind
from simulator.wire.exchange import Exchange
from simulator.wire.retry_after import delay_seconds

Send = Callable[[Request, dict[str, str]], Awaitable[Exchange]]
Pause = Callable[[float], Awaitable[None]]
Report = Callable[[Failed, "Turn"], tuple[str, str]]  # (error code, reason) in a provider's terms
StepKind = Literal["import", "scoping", "matching", "processing", "referenceResolution", "export"]
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(slots=True)
class Step:
    """One step of a turn by its log name (EntryImport, EntrySynchronizationScoping, …), type and status."""

    name: str
    kind: StepKind
    status: EntryStatus = "Success"
    details: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """The turn of one object. `kind` is the part that is processed."""

    kind: EntryKind
    object_id: str
    name: str
    at: datetime
    cycle: int
    send_request: Send
    report: Report
    retry_after: Pause | None = None  # waits as a 429 asks; None: it is not heeded
    action: EntryAction = "Other"
    status: EntryStatus = "Skipped"
    error_code: str | None = None
    reason: str = ""
    target_id: str = ""
    tries: int = 0
    next_attempt: datetime | None = None
    transient: bool = False
    held_back: bool = (
        False  # the rest follows in the next cycle, such as a reference to a person who is not in the target yet
    )
    steps: list[Step] = field(default_factory=list)
    modified: list[tuple[str, Any, Any]] = field(default_factory=list)  # target attribute, old, new
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def what(self) -> ObjectKind:
        return "group" if self.kind in ("group", "members") else "user"

    @property
    def is_reference(self) -> bool:
        return self.kind in ("manager", "members")

    async def send(self, request: Request, *, into: list[Exchange] | None = None, **cause: str) -> Exchange:
        """Send a request of this turn. If the settings say so, wait once after a 429 and retry.

        `into` collects the exchanges of concurrent requests, so that the turn can put them in order later.
        """
        exchanges = self.exchanges if into is None else into
        place = {"group": self.object_id} if self.what == "group" else {"person": self.object_id}
        exchange = await self.send_request(request, {"cycle": str(self.cycle), **place, **cause})
        exchanges.append(exchange)
        if exchange.status == 429 and self.retry_after is not None:
            await self.retry_after(seconds_asked(exchange))
            exchange = await self.send_request(request, {"cycle": str(self.cycle), **place, **cause})
            exchanges.append(exchange)
        return exchange

    async def taken(self, take: Callable[[Turn], Awaitable[None]]) -> None:
        """Run the turn. Errors become failures of this object only."""
        try:
            await take(self)
        except Failed as failure:
            self.fail(failure)
        except ExpressionError as error:
            self.fail(Failed(Fault.MAPPING, f"the mapping cannot be evaluated: {error}"))

    def step(self, name: str, kind: StepKind, status: EntryStatus = "Success", /, **details: str) -> None:
        self.steps.append(Step(name, kind, status, details))

    def skip(self, reason: str, sentence: str = "") -> None:
        """Record that there is nothing to do. `reason` is the SkipReason in the log."""
        self.status, self.error_code, self.reason = "Skipped", reason, sentence
        self.step("EntrySynchronizationSkip", "processing", "Skipped", SkipReason=reason)

    def succeed(self, action: EntryAction, target_id: str = "") -> None:
        if self.status != "Warning":
            self.status, self.error_code = "Success", None
        self.action = action
        self.target_id = target_id or self.target_id
        name = {"Create": "EntryExportAdd", "Delete": "EntryExportDelete"}.get(action, "EntryExportUpdate")
        self.step(name, "export")

    def warn(self, code: str, reason: str) -> None:
        self.status, self.error_code, self.reason = "Warning", code, reason

    def fail(self, failure: Failed) -> None:
        self.status = "Failure"
        self.error_code, self.reason = self.report(failure, self)
        self.transient = failure.transient
        name = {"Create": "EntryExportAdd", "Delete": "EntryExportDelete"}.get(self.action, "EntryExportUpdate")
        own = {"Expected": failure.expected} if failure.expected else {}
        self.step(name, "export", "Failure", ErrorCode=self.error_code, Reason=self.reason, **own)


def seconds_asked(exchange: Exchange) -> float:
    """The seconds from `Retry-After`, at most a minute; one second if it is missing or a date."""
    delay = delay_seconds(exchange.response_headers.get("retry-after"))
    return 1.0 if delay is None else min(float(delay), LONGEST_PAUSE_SECONDS)


async def real_pause(seconds: float) -> None:
    await asyncio.sleep(seconds)
