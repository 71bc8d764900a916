"""How Locust's users send: what counts into the figures, when a request is due, how 429 is waited out, what an answer was."""

from __future__ import annotations

import time
from typing import Any

import gevent
import orjson
from locust.contrib.fasthttp import FastHttpSession

from loadtests.connections import Connection
from loadtests.operations import THROTTLED, Check, failure_of
from loadtests.outcome import Part, part_of
from loadtests.scenarios.tenants import tenant_of
from loadtests.series import Series, Total
from loadtests.shapes import Arrivals
from loadtests.throttling import MOST_WAITS, seconds_to_wait
from loadtests.workload import Unit, Workload
from simulator.provisioning.request import Request

MEDIA_TYPE = "application/scim+json"
MOST_FAILURES = 200  # kinds of them that are told apart: a target may invent a scimType for every answer
OTHER = "another error"


class Lanes:
    """One run in one process: its work, its schedule and its clocks."""

    def __init__(self, work: Workload, arrivals: Arrivals, warm_up: float, tenants: list[Connection]) -> None:
        self.work, self.arrivals, self.warm_up, self.tenants = work, arrivals, warm_up, tenants
        self.began = self.busy_since = time.monotonic()
        self.cpu_began = time.process_time()
        self.measured_at: float | None = None  # seconds since the epoch
        self.set_up_errors: dict[str, int] = {}
        self.series = Series()
        self.totals: dict[int, Total] = {}
        self.failures: set[str] = set()

    def counts(self, now: float) -> bool:
        """Whether a request of now belongs to the figures: neither set-up nor warm-up."""
        phase = self.work.phase
        if phase is None or not phase.measured:
            return False
        if self.measured_at is None:
            self.measured_at = now
            self.busy_since, self.cpu_began = time.monotonic(), time.process_time()
        return now - self.measured_at >= self.warm_up

    def note(self, operation: str, milliseconds: float, *, failed: bool, tenant: int | None) -> None:
        """A request that counts has ended."""
        now = time.time()
        self.series.note(int(now), operation, milliseconds, failed=failed)
        if tenant is not None:
            self.totals.setdefault(tenant, Total()).note(now, operation, milliseconds, failed=failed)

    def note_failure(self, operation: str, failure: str, *, counts: bool) -> str:
        """The failure as it is counted; one of the set-up is counted here, since Locust never hears of it."""
        name = f"{operation}: {failure}"
        if name not in self.failures and len(self.failures) >= MOST_FAILURES:
            failure, name = OTHER, f"{operation}: {OTHER}"
        self.failures.add(name)
        if not counts:
            self.set_up_errors[f"set-up: {name}"] = self.set_up_errors.get(f"set-up: {name}", 0) + 1
        return failure

    def part(self) -> Part:
        share = (time.process_time() - self.cpu_began) / max(time.monotonic() - self.busy_since, 0.001)
        return part_of(
            self.work,
            began=None if self.measured_at is None else self.measured_at + self.warm_up,
            share_of_core=share,
            errors=self.set_up_errors,
            series=self.series,
            tenants=self.totals,
        )


class Lane:
    """One Locust user's connections; requests that only set the stage go over `unmeasured` and are in no figure."""

    def __init__(
        self, lanes: Lanes, measured: FastHttpSession, unmeasured: FastHttpSession, connections: list[Connection]
    ) -> None:
        self.lanes, self.measured, self.unmeasured = lanes, measured, unmeasured
        common = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        self.ways = [(way.url, {"Authorization": f"Bearer {way.token}", **common}) for way in connections]

    def way_of(self, unit: Unit) -> int:
        """Over which of the connections a unit goes."""
        return tenant_of(self.lanes.work.company, unit)

    def send(self, way: int, request: Request, check: Check) -> Any:
        """Send until the answer is not 429; returns the parsed answer of a success, None for a failure."""
        lanes, due = self.lanes, time.time()
        if lanes.work.phase is not None and lanes.work.phase.measured:
            due = lanes.arrivals.next_at(due)
            gevent.sleep(max(due - time.time(), 0.0))
        for waits in range(MOST_WAITS + 1):
            late = max(time.time() - due, 0.0) if lanes.arrivals.rate and not waits else 0.0
            status, body, wait_s, failure = self._send_once(way, request, check, late, last=waits == MOST_WAITS)
            lanes.work.note_answer(came=status != 0)
            if wait_s is None:
                return None if failure else body if body is not None else {}
            gevent.sleep(wait_s)
        return None

    def _send_once(
        self, way: int, request: Request, check: Check, late: float, *, last: bool
    ) -> tuple[int, Any, float | None, str | None]:
        """Status, parsed body, how long to wait before the next try (None: this was the answer), what is wrong."""
        lanes = self.lanes
        counts = lanes.counts(time.time())
        base_url, headers = self.ways[way]
        with (self.measured if counts else self.unmeasured).request(
            request.method,
            base_url + request.path,
            name=request.operation,
            data=None if request.body is None else orjson.dumps(request.body),  # type: ignore[arg-type]  # takes bytes
            headers=headers,
            allow_redirects=False,
            catch_response=True,
            context={"tenant": way if lanes.tenants else None},
        ) as response:
            response.request_meta["response_time"] += late * 1000
            status = int(response.status_code or 0)
            if status == 429 and not last:
                response.request_meta["name"] = THROTTLED
                response.success()
                return status, None, seconds_to_wait((response.headers or {}).get("Retry-After")), None
            body = _parsed(response.content)
            failure = failure_of(request.operation, status, body, check)
            if failure is None:
                response.success()
            else:
                response.failure(lanes.note_failure(request.operation, failure, counts=counts))
            return status, body, None, failure


def _parsed(content: bytes | None) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
