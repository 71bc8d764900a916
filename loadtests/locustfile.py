"""What `locust -f loadtests/locustfile.py --host URL` runs; the token comes from SCIM_TOKEN.

SCIM_TOKEN=… locust -f loadtests/locustfile.py --host https://host/scim/v2 --people 1000 --headless -u 8 -r 8
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import gevent
import orjson
from locust import FastHttpUser, constant, events, tag, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.operations import THROTTLED, Check, failure_of
from loadtests.scenarios.initial_cycle import carry_out
from loadtests.throttling import MOST_WAITS, seconds_to_wait
from loadtests.workload import Workload, first_cycle
from simulator.entra.requests import Request

PROGRESS_SECONDS = 2.0
IDLE_SECONDS = 0.005
MEDIA_TYPE = "application/scim+json"

_work: Workload | None = None
_began = 0.0
_cpu_began = 0.0


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    parser.add_argument("--people", type=int, default=1000, help="How many people to provision.")
    parser.add_argument("--seed", type=int, default=4711, help="The seed the company is made from.")
    parser.add_argument("--result", default="", help="Write the figures here as JSON at the end.")


@events.init.add_listener
def _check_runner(environment: Environment, **_: Any) -> None:
    """The work of a first cycle is handed out by one process; several would each do all of it."""
    if isinstance(environment.runner, MasterRunner | WorkerRunner):
        sys.stderr.write("locustfile.py: --master, --worker and --processes: the first cycle runs in one process\n")
        sys.exit(2)


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    global _work, _began, _cpu_began
    options = environment.parsed_options
    assert options is not None
    _work = first_cycle(options.seed, options.people)
    _began, _cpu_began = time.monotonic(), time.process_time()
    gevent.spawn(_end_when_done, environment, _work)
    gevent.spawn(_tell_progress, environment, _work)


def _end_when_done(environment: Environment, work: Workload) -> None:
    """Stops Locust from outside of its users: one that calls `quit` is killed by it half-way, and nothing ends ever."""
    while not work.finished and not work.gave_up:
        gevent.sleep(IDLE_SECONDS)
    runner, options = environment.runner, environment.parsed_options
    if runner is None or work is not _work:
        return
    if options is not None and options.headless:
        runner.quit()
    else:  # with the web page open, the figures stay to be read and a new run can be started
        runner.stop()


def _tell_progress(environment: Environment, work: Workload) -> None:
    gevent.sleep(PROGRESS_SECONDS)
    while not work.finished and not work.gave_up and work is _work:
        spent = time.monotonic() - _began
        rate = environment.stats.total.num_requests / max(spent, 0.001)
        failed = f", {environment.stats.total.num_failures} failed" if environment.stats.total.num_failures else ""
        told = f"{work.done} of {work.total} steps, {len(work.user_ids)} people, {rate:.0f} requests/s{failed}"
        sys.stderr.write(f"progress:  {spent:5.0f} s   {told}\n")
        gevent.sleep(PROGRESS_SECONDS)


@events.quitting.add_listener
def _write_result(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if _work is None or options is None or not options.result:
        return
    total = environment.stats.total
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
    result = {
        "seconds": total.last_request_timestamp - total.start_time if total.last_request_timestamp else 0.0,
        "generator_share": (time.process_time() - _cpu_began) / max(time.monotonic() - _began, 0.001),
        "operations": operations,
        "errors": errors,
        "finished": _work.finished,
        "gave_up": _work.gave_up,
        "failed": _work.failed,
        "made": _work.made,
        "user_ids": {str(index): target for index, target in _work.user_ids.items()},
        "group_ids": {str(number): target for number, target in _work.group_ids.items()},
    }
    Path(options.result).write_bytes(orjson.dumps(result))


class ProvisioningUser(FastHttpUser):
    """One lane of the provider's first cycle."""

    wait_time = constant(0)
    connection_timeout = 30.0
    network_timeout = 100.0
    insecure = False  # Locust's own default sends the token to whoever holds any certificate

    def on_start(self) -> None:
        self.headers = {
            "Authorization": f"Bearer {os.environ.get('SCIM_TOKEN', '')}",
            "Accept": MEDIA_TYPE,
            "Content-Type": MEDIA_TYPE,
        }
        self.base_path = (self.host or "").rstrip("/")

    @tag("initial-cycle")
    @task
    def next_unit(self) -> None:
        """Take a unit of work and send its requests; wait where there is none (yet)."""
        assert _work is not None
        unit = _work.take()
        if unit is None:
            gevent.sleep(IDLE_SECONDS)
            return
        ok = False
        try:
            ok = carry_out(_work, unit, self._send)
        finally:
            _work.give_back(ok=ok)

    def _send(self, request: Request, check: Check) -> Any:
        """Send until the answer is not 429; returns the parsed answer of a success, None for a failure."""
        for waits in range(MOST_WAITS + 1):
            status, body, wait_s, failure = self._send_once(request, check, last=waits == MOST_WAITS)
            if _work is not None:
                _work.note_answer(came=status != 0)
            if wait_s is None:
                return None if failure else body if body is not None else {}
            gevent.sleep(wait_s)
        return None

    def _send_once(self, request: Request, check: Check, *, last: bool) -> tuple[int, Any, float | None, str | None]:
        """Status, parsed body, how long to wait before the next try (None: this was the answer), what is wrong."""
        with self.client.request(
            request.method,
            self.base_path + request.path,
            name=request.operation,
            data=None if request.body is None else orjson.dumps(request.body),  # type: ignore[arg-type]  # takes bytes
            headers=self.headers,
            allow_redirects=False,
            catch_response=True,
        ) as response:
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
                response.failure(failure)
            return status, body, None, failure


def _parsed(content: bytes | None) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
