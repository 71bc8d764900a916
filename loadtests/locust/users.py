"""The Locust users: each takes a unit of work, sends its requests, and takes the next unit."""

from __future__ import annotations

import os
from functools import partial

import gevent
from locust import User, constant, tag, task
from locust.env import Environment
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.locust.lane import Lane
from loadtests.locust.process import this_process
from loadtests.locust.workers import IDLE_SECONDS
from loadtests.scenarios.catalog import SCENARIOS, carry_out
from loadtests.scenarios.initial_cycle import NotYet
from loadtests.target.connections import Connection


class ProvisioningUser(User):
    """One concurrent sender."""

    wait_time = constant(0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.lane: Lane | None = None

    def on_start(self) -> None:
        if this_process.run is not None:
            own = Connection((self.host or "").rstrip("/"), os.environ.get("SCIM_TOKEN", ""))
            self.lane = Lane(this_process.run, self.environment.events.request, this_process.run.tenants or [own])

    @tag(*SCENARIOS)
    @task
    def next_unit(self) -> None:
        """Send the requests of units of work until there is none, and wait for the next ones."""
        lane = self.lane
        while lane is not None and self._state != LOCUST_STATE_STOPPING and self._send_next(lane):
            pass
        if lane is not None:
            lane.run.arrivals.note_idle()
        gevent.sleep(IDLE_SECONDS)

    def _send_next(self, lane: Lane) -> bool:
        """Send the requests of one unit of work, or return False."""
        work = lane.run.work
        unit = work.take()
        if unit is None:
            return False
        ok = False
        try:
            ok = carry_out(work, unit, partial(lane.send, lane.way_of(unit)))
        except NotYet:
            if work.postpone(unit):
                return True
        except BaseException:
            work.give_back(unit, ok=False)
            raise
        work.give_back(unit, ok=ok)
        return True
