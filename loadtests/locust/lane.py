"""One concurrent sender: its connection, when each request is due, how to wait after 429, and how a response is judged."""

from __future__ import annotations

import socket
import time
from select import POLLIN
from typing import Any

import gevent
import orjson
from gevent.monkey import get_original
from locust.event import EventHook
from locust.exception import CatchResponseError

from loadtests.locust.process import ProcessRun
from loadtests.locust.throttling import MOST_WAITS, seconds_to_wait
from loadtests.scenarios.operations import THROTTLED, TOO_LARGE, Check, failure_of
from loadtests.scenarios.tenants import tenant_of
from loadtests.scenarios.workload import Unit
from loadtests.target.connections import Connection
from simulator.provisioning.request import Request
from simulator.wire.body import TooLarge, Unusable
from simulator.wire.connections import Connections, Reply
from simulator.wire.urls import joined

MEDIA_TYPE = "application/scim+json"
TIMEOUT_SECONDS = 100.0  # for a whole response; the default of .NET's HttpClient
# gevent's own `poll` enters the event loop, which takes longer than the rest of a request.
_poll = get_original("select", "poll")


class LaneConnections(Connections):
    """The HTTP client of the other tools. Locust has patched its sockets, so other lanes run while it waits."""

    def is_closed(self, idle: socket.socket) -> bool:
        waiting = _poll()
        waiting.register(idle, POLLIN)
        return bool(waiting.poll(0))


class Lane:
    """The sender of one Locust user. `events` gets every measured request; requests of the setup are not measured."""

    def __init__(self, run: ProcessRun, events: EventHook, connections: list[Connection]) -> None:
        self.run, self.events, self.http = run, events, LaneConnections(TIMEOUT_SECONDS)
        common = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE, "Accept-Encoding": "gzip, deflate"}
        self.ways = [(way.url, {"Authorization": f"Bearer {way.token}", **common}) for way in connections]

    def way_of(self, unit: Unit) -> int:
        """The index of the connection that a unit uses."""
        return tenant_of(self.run.work.company, unit)

    def send(self, way: int, request: Request, check: Check) -> Any:
        """Send until the response is not 429. Returns the parsed body of a success, or None for a failure."""
        run, due = self.run, time.time()
        if run.arrivals.rate and run.work.phase is not None and run.work.phase.measured:
            due = run.arrivals.next_at(due)
            gevent.sleep(max(due - time.time(), 0.0))
        for waits in range(MOST_WAITS + 1):
            late = max(time.time() - due, 0.0) if run.arrivals.rate and not waits else 0.0
            status, body, wait_s, failure = self._send_once(way, request, check, late, last=waits == MOST_WAITS)
            run.work.note_answer(came=status != 0)
            if wait_s is None:
                return None if failure else body if body is not None else {}
            gevent.sleep(wait_s)
        return None

    def _send_once(
        self, way: int, request: Request, check: Check, late: float, *, last: bool
    ) -> tuple[int, Any, float | None, str | None]:
        """Returns the status, the parsed body, the wait before a retry (None: no retry), and what is wrong."""
        run, reply, is_too_large = self.run, None, False
        base_url, headers = self.ways[way]
        data = None if request.body is None else orjson.dumps(request.body)
        began, counts = time.perf_counter(), run.counts(time.time())
        try:
            reply = self.http.request(request.method, joined(base_url, request.path), headers, data)
        except (Unusable, OSError, ValueError) as error:  # kept no longer than this: its frames hold the whole response
            is_too_large = isinstance(error, TooLarge)
        seconds = time.perf_counter() - began + late
        status = 0 if reply is None else reply.status
        if status == 429 and not last:
            self._note(request.method, THROTTLED, way, seconds, reply, None, counts=counts)
            return status, None, seconds_to_wait(reply.all("retry-after") if reply else None), None
        body = _parsed(reply.body) if reply else None
        failure = TOO_LARGE if is_too_large else failure_of(request.operation, status, body, check)
        shown = None if failure is None else run.note_failure(request.operation, failure, counts=counts)
        self._note(request.method, request.operation, way, seconds, reply, shown, counts=counts)
        return status, body, None, failure

    def _note(
        self,
        method: str,
        name: str,
        way: int,
        seconds: float,
        reply: Reply | None,
        failure: str | None,
        *,
        counts: bool,
    ) -> None:
        """Tell Locust about a measured request."""
        if counts:
            self.events.fire(  # type: ignore[no-untyped-call]
                request_type=method,
                name=name,
                response_time=seconds * 1000,
                response_length=len(reply.body) if reply else 0,
                exception=None if failure is None else CatchResponseError(failure),
                context={"tenant": way if self.run.tenants else None},
            )


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
