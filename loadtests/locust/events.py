"""Locust's event hooks: how a run is prepared, started, followed, stopped, and written down."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant, events, tag, task
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, WorkerRunner

from loadtests.locust.figures import keep_bounded, write_result
from loadtests.locust.options import BadOptions, add_options, settings_of
from loadtests.locust.progress import tell, tell_pace
from loadtests.locust.shapes import Arrivals
from loadtests.locust.users import Lane, Lanes
from loadtests.locust.web_tab import add_tab
from loadtests.locust.worker_results import merged, progress_of
from loadtests.locust.workers import IDLE_SECONDS, Master, Worker, added_progress, share_of
from loadtests.scenarios.catalog import DEFAULT_RATES, RAMPS, SCENARIOS, carry_out, work_for
from loadtests.scenarios.initial_cycle import NotYet
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import BadTenants, Connection, read_tenants

PROGRESS_SECONDS = 2.0


class Here:
    """This process: its side of the rendezvous, where there are several, and its run, where it has one."""

    master: Master | None = None
    worker: Worker | None = None
    lanes: Lanes | None = None
    run = 0  # changes whenever one begins or ends: what belongs to another one stops by itself

    def progress(self) -> dict[str, int]:
        if self.master is not None:
            return added_progress(self.master.live.values())
        return {} if self.lanes is None else progress_of(self.lanes.work)


here = Here()
events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]


@events.init.add_listener
def _prepare(environment: Environment, **_: Any) -> None:
    """Everything that cannot work is told before anything is sent."""
    runner, options = environment.runner, environment.parsed_options
    try:
        settings_of(options, _tenants(environment), worker=isinstance(runner, WorkerRunner))
    except (BadTenants, BadOptions) as error:
        sys.stderr.write(f"locustfile.py: {error}\n")
        sys.exit(2)
    if isinstance(runner, MasterRunner):
        here.master = Master(runner)
        if options is not None and options.headless:
            gevent.spawn(_tell_who_is_there, runner, options.expect_workers)
    if isinstance(runner, WorkerRunner):
        here.worker = Worker(runner)
    if environment.web_ui is not None:
        add_tab(environment, here.progress)
    gevent.spawn(keep_bounded, environment)


def _tenants(environment: Environment) -> list[Connection]:
    path = os.environ.get("SCIM_TENANTS")
    return read_tenants(path, environment.host or "") if path else []


def _tell_who_is_there(runner: MasterRunner, expected: int) -> None:
    gevent.sleep(PROGRESS_SECONDS)
    while not here.run:
        tell(f"waiting for workers: {len(runner.clients.ready)} of {expected} are there")
        gevent.sleep(PROGRESS_SECONDS)


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    runner, options = environment.runner, environment.parsed_options
    assert options is not None
    here.run += 1
    here.lanes = None
    try:  # with the web page, options come with each run
        tenants = _tenants(environment)
        settings = settings_of(options, tenants)
        if here.master is not None:
            here.master.begin(options)
        elif (place := share_of(runner, options)) is not None:
            here.lanes = _lanes(options, settings, tenants, *place)
    except (BadTenants, BadOptions) as error:
        sys.stderr.write(f"locustfile.py: {error}\n")
        environment.process_exit_code = 2
    if here.worker is None:
        gevent.spawn(_follow, environment, here.run, time.monotonic())
    elif here.lanes is not None:
        here.worker.begin(options, here.lanes.work, here.lanes.part)


def _lanes(options: Any, settings: Settings, tenants: list[Connection], share: int, shares: int) -> Lanes:
    rate = options.rate or DEFAULT_RATES.get(settings.scenario, 0.0)
    arrivals = Arrivals(rate, ramp_seconds=RAMPS.get(settings.scenario, 0.0), share=share, shares=shares)
    held_back = here.worker is not None
    make = partial(work_for, settings, share, shares, patience_s=options.patience, held_back=held_back)
    # A large company takes seconds, in which a worker has to go on telling the master that it lives.
    work = gevent.get_hub().threadpool.apply(make)
    return Lanes(work, arrivals, options.warm_up, tenants if settings.scenario == "tenants" else [])


def _follow(environment: Environment, run: int, began: float) -> None:
    """Tells the progress, and stops Locust from outside of its users: one that calls `quit` is killed by it half-way."""
    told = began
    while run == here.run and not _is_over():
        gevent.sleep(IDLE_SECONDS)
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            phases = here.lanes.work.phases if here.lanes is not None else ()
            total = here.lanes.work.total if here.lanes is not None and all(phase.size for phase in phases) else None
            tell_pace(environment, began, here.progress(), total)
    runner, options = environment.runner, environment.parsed_options
    if run != here.run or runner is None or options is None:
        return
    if options.headless:
        runner.quit()
    else:  # with the web page open, the figures stay to be read and a new run can be started
        runner.stop()


def _is_over() -> bool:
    if here.master is not None:
        return here.master.is_over()
    return here.lanes is None or here.lanes.work.finished or here.lanes.work.gave_up


@events.test_stop.add_listener
def _stop(**_: Any) -> None:
    here.run += 1
    if here.worker is not None:
        here.worker.end()


@events.request.add_listener
def _note(
    name: str,
    response_time: float,
    exception: BaseException | None = None,
    context: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    if here.lanes is not None:
        here.lanes.note(name, response_time, failed=exception is not None, tenant=(context or {}).get("tenant"))


@events.report_to_master.add_listener
def _report(data: dict[str, Any], **_: Any) -> None:
    if here.lanes is not None:
        data["scim"] = progress_of(here.lanes.work)


@events.worker_report.add_listener
def _take_report(client_id: str, data: dict[str, Any], **_: Any) -> None:
    if here.master is not None and "scim" in data:
        here.master.live[client_id] = data["scim"]


@events.quitting.add_listener
def _write(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if options is None or not options.result or here.worker is not None:
        return
    if here.master is not None:
        write_result(environment, merged(here.master.parts.values(), len(here.master.expected)), Path(options.result))
    elif here.lanes is not None:
        write_result(environment, merged([here.lanes.part()], 1), Path(options.result))


class ProvisioningUser(FastHttpUser):
    """One lane of the provider: takes a unit of the scenario's work, sends what it needs, takes the next."""

    wait_time = constant(0)
    connection_timeout = 30.0
    network_timeout = 100.0
    insecure = False  # Locust's own default sends the token to whoever holds any certificate

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        nowhere: Any = EventHook  # has no types
        self.unmeasured = FastHttpSession(self.host, nowhere(), self, insecure=False, network_timeout=100.0)
        self.lane: Lane | None = None

    def on_start(self) -> None:
        if here.lanes is not None:
            own = Connection((self.host or "").rstrip("/"), os.environ.get("SCIM_TOKEN", ""))
            self.lane = Lane(here.lanes, self.client, self.unmeasured, here.lanes.tenants or [own])

    @tag(*SCENARIOS)
    @task
    def next_unit(self) -> None:
        """Take a unit of work and send its requests; wait where there is none (yet)."""
        unit = None if self.lane is None else self.lane.lanes.work.take()
        if self.lane is None or unit is None:
            if self.lane is not None:
                self.lane.lanes.arrivals.note_idle()
            gevent.sleep(IDLE_SECONDS)
            return
        lane, lanes = self.lane, self.lane.lanes
        ok = False
        try:
            ok = carry_out(lanes.work, unit, partial(lane.send, lane.way_of(unit)))
        except NotYet:
            if lanes.work.postpone(unit):
                return
        except BaseException:
            lanes.work.give_back(unit, ok=False)
            raise
        lanes.work.give_back(unit, ok=ok)
