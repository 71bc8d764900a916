"""Locust users that send the requests: when each is due, how to wait after 429, and how a response is judged."""

from __future__ import annotations

import os
import time
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import gevent
import orjson
from locust import FastHttpUser, constant, tag, task
from locust.contrib.fasthttp import FastHttpSession, LocustBadStatusCode
from locust.env import Environment
from locust.event import EventHook

from loadtests.locust.bounded import WHOLE_ANSWER_SECONDS, TooLarge, bound
from loadtests.locust.process import ProcessRun, this_process
from loadtests.locust.throttling import MOST_WAITS, seconds_to_wait
from loadtests.locust.workers import IDLE_SECONDS
from loadtests.scenarios.catalog import SCENARIOS, carry_out
from loadtests.scenarios.initial_cycle import NotYet
from loadtests.scenarios.operations import THROTTLED, TOO_LARGE, Check, failure_of
from loadtests.scenarios.tenants import tenant_of
from loadtests.scenarios.workload import Unit
from loadtests.target.connections import Connection
from simulator.provisioning.request import Request
from simulator.wire.urls import joined

MEDIA_TYPE = "application/scim+json"


class Lane:
    """The connections of one Locust user. Requests for setup use `unmeasured` and are not part of the results."""

    def __init__(
        self, run: ProcessRun, measured: FastHttpSession, unmeasured: FastHttpSession, connections: list[Connection]
    ) -> None:
        self.run, self.measured, self.unmeasured = run, measured, unmeasured
        common = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        self.ways = [(way.url, {"Authorization": f"Bearer {way.token}", **common}) for way in connections]

    def way_of(self, unit: Unit) -> int:
        """The index of the connection that a unit uses."""
        return tenant_of(self.run.work.company, unit)

    def send(self, way: int, request: Request, check: Check) -> Any:
        """Send until the response is not 429. Returns the parsed body of a success, or None for a failure."""
        run, due = self.run, time.time()
        if run.work.phase is not None and run.work.phase.measured:
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
        run = self.run
        counts = run.counts(time.time())
        base_url, headers = self.ways[way]
        with gevent.Timeout(
            WHOLE_ANSWER_SECONDS
        ):  # Locust counts this as a failed request; its own timeout applies to each read
            answer = (self.measured if counts else self.unmeasured).request(
                request.method,
                joined(base_url, request.path),
                name=request.operation,
                data=None if request.body is None else orjson.dumps(request.body),  # type: ignore[arg-type]  # takes bytes
                headers=headers,
                allow_redirects=False,
                catch_response=True,
                context={"tenant": way if run.tenants else None},
            )
        with answer as response:
            response.request_meta["response_time"] += late * 1000
            whole = isinstance(response.request_meta["exception"], LocustBadStatusCode | None)
            status = int(response.status_code or 0) if whole else 0
            if status == 429 and not last:
                response.request_meta["name"] = THROTTLED
                response.success()
                return status, None, seconds_to_wait((response.headers or {}).get("Retry-After")), None
            body = _parsed(response.content) if whole else None
            too_large = isinstance(response.request_meta["exception"], TooLarge)
            failure = TOO_LARGE if too_large else failure_of(request.operation, status, body, check)
            if failure is None:
                response.success()
            else:
                response.failure(run.note_failure(request.operation, failure, counts=counts))
            return status, body, None, failure


def _parsed(content: bytes | None) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


def _keep_no_cookies(session: FastHttpSession) -> None:
    """Reject cookies, because providers do not return them, and load balancing must not rely on them."""
    session.cookiejar.set_policy(DefaultCookiePolicy(allowed_domains=[]))


class ProvisioningUser(FastHttpUser):
    """One concurrent sender: takes a unit of work, sends its requests, and takes the next unit."""

    wait_time = constant(0)
    connection_timeout = 30.0
    network_timeout = 100.0
    insecure = False  # Locust's default does not verify certificates, which could expose the token

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        _keep_no_cookies(self.client)
        nowhere: Any = EventHook  # has no types
        self.unmeasured = FastHttpSession(self.host, nowhere(), self, insecure=False, network_timeout=100.0)
        _keep_no_cookies(self.unmeasured)
        for session in (self.client, self.unmeasured):
            bound(session)
        self.lane: Lane | None = None

    def on_start(self) -> None:
        if this_process.run is not None:
            own = Connection((self.host or "").rstrip("/"), os.environ.get("SCIM_TOKEN", ""))
            self.lane = Lane(this_process.run, self.client, self.unmeasured, this_process.run.tenants or [own])

    @tag(*SCENARIOS)
    @task
    def next_unit(self) -> None:
        """Take a unit of work and send its requests, or wait if there is none yet."""
        unit = None if self.lane is None else self.lane.run.work.take()
        if self.lane is None or unit is None:
            if self.lane is not None:
                self.lane.run.arrivals.note_idle()
            gevent.sleep(IDLE_SECONDS)
            return
        lane, run = self.lane, self.lane.run
        ok = False
        try:
            ok = carry_out(run.work, unit, partial(lane.send, lane.way_of(unit)))
        except NotYet:
            if run.work.postpone(unit):
                return
        except BaseException:
            run.work.give_back(unit, ok=False)
            raise
        run.work.give_back(unit, ok=ok)
