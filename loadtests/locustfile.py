"""What `locust -f loadtests/locustfile.py --host URL` runs; the token comes from SCIM_TOKEN.

SCIM_TOKEN=… locust -f loadtests/locustfile.py --host https://host/scim/v2 --people 1000 --headless -u 8 -r 8 --tags leavers
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import orjson
from locust import FastHttpUser, constant, events, tag, task
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, WorkerRunner

from loadtests.lanes import Lane, Lanes
from loadtests.outcome import Part, merged
from loadtests.scenarios.catalog import DEFAULT_RATES, RAMPS, SCENARIOS, carry_out, work_for
from loadtests.scenarios.initial_cycle import NotYet
from loadtests.scenarios.plan import Settings
from loadtests.scenarios.tenants import BadTenants, Connection, read_tenants
from loadtests.shapes import Arrivals

if os.environ.get("LOAD_SAMPLES"):
    import loadtests.sampling  # noqa: F401

PROGRESS_SECONDS = 2.0
IDLE_SECONDS = 0.005
SHARE = "share"  # the message with which a worker ends


_lanes: Lanes | None = None
_parts: dict[str, Part] = {}  # of the workers that have ended, in the master


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    group = parser.add_argument_group("SCIM")
    group.add_argument("--scenario", choices=[*SCENARIOS, ""], default="", help="What to send; or as --tags.")
    group.add_argument("--people", type=int, default=1000, help="How many people to provision.")
    group.add_argument("--seed", type=int, default=4711, help="The seed the company is made from.")
    group.add_argument("--rate", type=float, default=0.0, help="Requests a second, open loop; 0: as fast as answered.")
    group.add_argument("--seconds", type=float, default=60.0, help="How long read-mix and soak last.")
    group.add_argument("--warm-up", type=float, default=0.0, help="Seconds at the beginning that do not count.")
    group.add_argument("--patience", type=float, default=60.0, help="Seconds to wait for a leaver to be inactive.")
    group.add_argument("--cycles", type=int, default=5, help="Cycles of incremental.")
    group.add_argument(
        "--tenants", type=int, default=4, help="Companies at once; SCIM_TENANTS names their connections."
    )
    parser.add_argument(
        "--result", default="", help="Write the figures here as JSON at the end.", include_in_web_ui=False
    )


@events.init.add_listener
def _check(environment: Environment, **_: Any) -> None:
    """Everything that cannot work is told before anything is sent."""
    try:
        _settings(environment.parsed_options, _tenants())
    except (BadTenants, ValueError) as error:
        sys.stderr.write(f"locustfile.py: {error}\n")
        sys.exit(2)
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(SHARE, _take_part)


def _tenants() -> list[Connection]:
    path = os.environ.get("SCIM_TENANTS")
    return read_tenants(path) if path else []


def _settings(options: Any, tenants: list[Connection]) -> Settings:
    """The scenario is that of --scenario, else the one of --tags; raises ValueError."""
    tagged = [name for name in options.tags or () if name in SCENARIOS]
    if not options.scenario and (len(tagged) > 1 or (options.tags and not tagged)):
        raise ValueError(f"--tags: expected one of {', '.join(SCENARIOS)}, got {', '.join(options.tags)}")
    name = options.scenario or (tagged[0] if tagged else "initial-cycle")
    if options.people < 1 or options.tenants < 1 or options.cycles < 1 or options.rate < 0 or options.seconds <= 0:
        raise ValueError("--people, --tenants and --cycles: from 1 up; --rate: from 0 up; --seconds: more than 0")
    number = len(tenants) or options.tenants
    if tenants and name == "tenants" and options.people < number:
        raise ValueError(f"--people: at least one for each of the {number} tenants")
    return Settings(name, options.people, options.seed, options.seconds, options.cycles, number)


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    global _lanes
    runner, options = environment.runner, environment.parsed_options
    assert options is not None
    if isinstance(runner, MasterRunner):  # who takes which share; Locust passes it on to the workers with the options
        _parts.clear()
        ready = sorted(client.id for client in runner.clients.ready)
        options.shares = {id_: number for number, id_ in enumerate(ready)}
        gevent.spawn(_end_when_all_told, environment, len(ready))
        return
    shares: dict[str, int] = getattr(options, "shares", {}) if isinstance(runner, WorkerRunner) else {}
    share, number = (shares.get(runner.client_id, 0), len(shares)) if isinstance(runner, WorkerRunner) else (0, 1)
    tenants = _tenants()
    settings = _settings(options, tenants)
    rate = options.rate or DEFAULT_RATES.get(settings.scenario, 0.0)
    arrivals = Arrivals(rate, ramp_seconds=RAMPS.get(settings.scenario, 0.0), share=share, shares=max(number, 1))
    work = work_for(settings, share, max(number, 1), patience_s=options.patience)
    _lanes = Lanes(work, arrivals, options.warm_up, tenants if settings.scenario == "tenants" else [])
    gevent.spawn(_end_when_done, environment, _lanes)
    gevent.spawn(_tell_progress, environment, _lanes)


def _end_when_done(environment: Environment, lanes: Lanes) -> None:
    """Stops Locust from outside of its users: one that calls `quit` is killed by it half-way, and nothing ends ever."""
    while not lanes.work.finished and not lanes.work.gave_up:
        gevent.sleep(IDLE_SECONDS)
    if lanes is not _lanes:
        return
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message(SHARE, lanes.part())
    else:
        _end(environment)


def _end(environment: Environment) -> None:
    runner, options = environment.runner, environment.parsed_options
    if runner is not None and options is not None and options.headless:
        runner.quit()
    elif runner is not None:  # with the web page open, the figures stay to be read and a new run can be started
        runner.stop()


def _take_part(environment: Environment, msg: Any, **_: Any) -> None:
    _parts[msg.node_id] = msg.data


def _end_when_all_told(environment: Environment, number: int) -> None:
    runner, began, told = environment.runner, time.monotonic(), 0.0
    assert isinstance(runner, MasterRunner)
    while len(_parts) < number and not any(part["gave_up"] for part in _parts.values()):
        gevent.sleep(IDLE_SECONDS)
        spent = time.monotonic() - began
        if spent - told >= PROGRESS_SECONDS:
            told = spent
            _tell(environment, spent, f"{len(_parts)} of {number} workers done")
    _end(environment)


@events.test_stop.add_listener
def _tell_master(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner) and _lanes is not None:
        environment.runner.send_message(SHARE, _lanes.part())


def _tell_progress(environment: Environment, lanes: Lanes) -> None:
    gevent.sleep(PROGRESS_SECONDS)
    work = lanes.work
    while (
        not isinstance(environment.runner, WorkerRunner) and not work.finished and not work.gave_up and lanes is _lanes
    ):
        set_up = "" if work.phase is None or work.phase.measured else "set-up: "
        of = f" of {work.total}" if all(phase.size for phase in work.phases) else ""
        _tell(
            environment, time.monotonic() - lanes.began, f"{set_up}{work.done}{of} steps, {len(work.user_ids)} people"
        )
        gevent.sleep(PROGRESS_SECONDS)


def _tell(environment: Environment, spent: float, words: str) -> None:
    total = environment.stats.total
    seconds = time.time() - total.start_time if total.num_requests else spent
    failed = f", {total.num_failures} failed" if total.num_failures else ""
    rate = total.num_requests / max(seconds, 0.001)
    sys.stderr.write(f"progress:  {spent:5.0f} s   {words}, {rate:.0f} requests/s{failed}\n")


@events.quitting.add_listener
def _write_result(environment: Environment, **_: Any) -> None:
    options, master = environment.parsed_options, isinstance(environment.runner, MasterRunner)
    if options is None or not options.result or isinstance(environment.runner, WorkerRunner):
        return
    if _lanes is None and not master:
        return
    whole = merged(_parts.values(), len(getattr(options, "shares", ()))) if master else None
    whole = whole or merged([_lanes.part()] if _lanes else [], 1)
    total = environment.stats.total
    began = whole.pop("began") or total.start_time
    operations = [
        {
            "name": entry.name,
            "count": entry.num_requests,
            "errors": entry.num_failures,
            "p50_ms": entry.get_response_time_percentile(0.5),
            "p95_ms": entry.get_response_time_percentile(0.95),
            "p99_ms": entry.get_response_time_percentile(0.99),
            "max_ms": entry.max_response_time,
        }
        for entry in environment.stats.entries.values()
    ]
    errors = {f"{error.name}: {error.error}": error.occurrences for error in environment.stats.errors.values()}
    seconds = max(total.last_request_timestamp - began, 0.0) if total.last_request_timestamp else 0.0
    result = {**whole, "seconds": seconds, "operations": operations, "errors": {**whole["errors"], **errors}}
    Path(options.result).write_bytes(orjson.dumps(result))


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

    def on_start(self) -> None:
        assert _lanes is not None
        own = Connection((self.host or "").rstrip("/"), os.environ.get("SCIM_TOKEN", ""))
        self.lane = Lane(_lanes, self.client, self.unmeasured, _lanes.tenants or [own])

    @tag(*SCENARIOS)
    @task
    def next_unit(self) -> None:
        """Take a unit of work and send its requests; wait where there is none (yet)."""
        lane, lanes = self.lane, self.lane.lanes
        unit = lanes.work.take()
        if unit is None:
            lanes.arrivals.note_idle()
            gevent.sleep(IDLE_SECONDS)
            return
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
