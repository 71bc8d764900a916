"""Locust's event hooks: prepare, start, observe, and stop a run, and write its results."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.locust.figures import append_live, keep_bounded, write_result
from loadtests.locust.options import BadOptions, add_options, settings_of
from loadtests.locust.process import ProcessRun, this_process
from loadtests.locust.progress import tell, tell_pace
from loadtests.locust.shapes import Arrivals
from loadtests.locust.web_tab import add_tab
from loadtests.locust.workers import IDLE_SECONDS, Master, Worker, progress_of, share_of
from loadtests.measurements.result import merged
from loadtests.scenarios.catalog import RAMPS, work_for
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import BadTenants, Connection, read_tenants

PROGRESS_SECONDS = 2.0
LIVE_SECONDS = 0.5

events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]


@events.init.add_listener
def _prepare(environment: Environment, **_: Any) -> None:
    """Check everything before the first request and report errors."""
    runner, options = environment.runner, environment.parsed_options
    try:
        settings_of(options, _tenants(environment), worker=isinstance(runner, WorkerRunner))
    except (BadTenants, BadOptions) as error:
        sys.stderr.write(f"locustfile.py: {error}\n")
        sys.exit(2)
    if isinstance(runner, MasterRunner):
        this_process.master = Master(runner)
        if options is not None and options.headless:
            gevent.spawn(_tell_who_is_there, runner, options.expect_workers)
    if isinstance(runner, WorkerRunner):
        this_process.worker = Worker(runner)
    if environment.web_ui is not None:
        add_tab(environment, this_process.progress)
    gevent.spawn(keep_bounded, environment)


def _tenants(environment: Environment) -> list[Connection]:
    path = os.environ.get("SCIM_TENANTS")
    return read_tenants(path, environment.host or "") if path else []


def _tell_who_is_there(runner: MasterRunner, expected: int) -> None:
    gevent.sleep(PROGRESS_SECONDS)
    while not this_process.run_number:
        tell(f"waiting for workers: {len(runner.clients.ready)} of {expected} connected")
        gevent.sleep(PROGRESS_SECONDS)


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    runner, options = environment.runner, environment.parsed_options
    assert options is not None
    this_process.run_number += 1
    this_process.run = None
    try:  # on the web page, each run has its own options
        tenants = _tenants(environment)
        settings = settings_of(options, tenants)
        if this_process.master is not None:
            this_process.master.begin(options)
        elif (place := share_of(runner, options)) is not None:
            this_process.run = _process_run(settings, tenants, *place)
    except (BadTenants, BadOptions) as error:
        sys.stderr.write(f"locustfile.py: {error}\n")
        environment.process_exit_code = 2
    if this_process.worker is None:
        gevent.spawn(_follow, environment, this_process.run_number, time.monotonic())
    elif this_process.run is not None:
        this_process.worker.begin(options, this_process.run.work, this_process.run.part)


def _process_run(settings: Settings, tenants: list[Connection], share: int, shares: int) -> ProcessRun:
    ramp = RAMPS.get(settings.scenario, 0.0)
    arrivals = Arrivals(settings.rate, ramp_seconds=ramp, share=share, shares=shares)
    make = partial(work_for, settings, share, shares, held_back=this_process.worker is not None)
    # Creating a large company takes seconds, during which a worker must keep sending heartbeats.
    work = gevent.get_hub().threadpool.apply(make)
    return ProcessRun(work, arrivals, settings.warm_up, tenants if settings.scenario == "tenants" else [])


def _follow(environment: Environment, run_number: int, began: float) -> None:
    """Report the progress and stop Locust at the end. A user cannot call `quit` itself, because that would kill it half-way."""
    told = drawn = began
    while run_number == this_process.run_number and not this_process.is_over():
        gevent.sleep(IDLE_SECONDS)
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            tell_pace(environment, began, this_process.progress(), _countable_units())
        if time.monotonic() - drawn >= LIVE_SECONDS:
            drawn = time.monotonic()
            append_live(environment, drawn - began)
    runner, options = environment.runner, environment.parsed_options
    if run_number != this_process.run_number or runner is None or options is None:
        return
    if options.headless:
        runner.quit()
    else:  # the web page keeps showing the results and can start another run
        runner.stop()


def _countable_units() -> int | None:
    """The number of units of work; None if a phase is endless, and in a master."""
    run = this_process.run
    return run.work.total if run is not None and all(phase.size for phase in run.work.phases) else None


@events.test_stop.add_listener
def _stop(**_: Any) -> None:
    this_process.run_number += 1
    if this_process.worker is not None:
        this_process.worker.end()


@events.request.add_listener
def _note(
    name: str,
    response_time: float,
    exception: BaseException | None = None,
    context: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    if this_process.run is not None:
        tenant = (context or {}).get("tenant")
        this_process.run.note(name, response_time, failed=exception is not None, tenant=tenant)


@events.report_to_master.add_listener
def _report(data: dict[str, Any], **_: Any) -> None:
    if this_process.run is not None:
        data["scim"] = progress_of(this_process.run.work)


@events.worker_report.add_listener
def _take_report(client_id: str, data: dict[str, Any], **_: Any) -> None:
    if this_process.master is not None and "scim" in data:
        this_process.master.live[client_id] = data["scim"]


@events.quitting.add_listener
def _write(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if options is None or not options.result or this_process.worker is not None:
        return
    if environment.runner is not None:
        environment.runner.stop()  # for SIGTERM, Locust would do so only after this event, and units are still under way
    master, run = this_process.master, this_process.run
    if master is not None:
        master.wait_for_parts()
        write_result(environment, merged(master.parts.values(), len(master.expected)), Path(options.result))
    elif run is not None:
        write_result(environment, merged([run.part()], 1), Path(options.result))
