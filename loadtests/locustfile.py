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

from loadtests.operations import failure_of
from loadtests.scenarios.initial_cycle import carry_out
from loadtests.workload import Workload, first_cycle
from simulator.entra.requests import Request

PROGRESS_SECONDS = 2.0
MEDIA_TYPE = "application/scim+json"

_work: Workload | None = None
_began = 0.0


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    parser.add_argument("--people", type=int, default=1000, help="How many people to provision.")
    parser.add_argument("--seed", type=int, default=4711, help="The seed the company is made from.")
    parser.add_argument("--result", default="", help="Write the figures here as JSON at the end.")


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    global _work, _began
    options = environment.parsed_options
    assert options is not None
    _work, _began = first_cycle(options.seed, options.people), time.monotonic()
    gevent.spawn(_tell_progress, environment)


def _tell_progress(environment: Environment) -> None:
    while _work is not None and not _work.finished:
        gevent.sleep(PROGRESS_SECONDS)
        spent = time.monotonic() - _began
        rate = environment.stats.total.num_requests / max(spent, 0.001)
        steps, people = f"{_work.done} of {_work.total} steps", f"{len(_work.user_ids)} people"
        told = f"progress:  {spent:5.0f} s   {steps}, {people}, {rate:.0f} requests/s"
        sys.stderr.write(told + "\n")


@events.quitting.add_listener
def _write_result(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if _work is None or options is None or not options.result:
        return
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
        "seconds": environment.stats.total.last_request_timestamp - environment.stats.total.start_time
        if environment.stats.total.last_request_timestamp
        else 0.0,
        "operations": operations,
        "errors": errors,
        "finished": _work.finished,
        "failed": _work.failed,
        "user_ids": {str(index): target for index, target in _work.user_ids.items()},
        "group_ids": {str(number): target for number, target in _work.group_ids.items()},
    }
    Path(options.result).write_bytes(orjson.dumps(result))


class ProvisioningUser(FastHttpUser):
    """One lane of the provider's first cycle."""

    wait_time = constant(0)
    connection_timeout = 30.0
    network_timeout = 100.0

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
        """Take a unit of work and send its requests; stop everything when there is none left."""
        assert _work is not None
        if _work.finished:
            if self.environment.runner is not None:
                self.environment.runner.quit()
            return
        unit = _work.take()
        if unit is None:
            gevent.sleep(0.005)
            return
        ok = False
        try:
            ok = carry_out(_work, unit, self._send)
        finally:
            _work.give_back(ok=ok)

    def _send(self, request: Request) -> Any:
        data = None if request.body is None else orjson.dumps(request.body)
        with self.client.request(
            request.method,
            self.base_path + request.path,
            name=request.operation,
            data=data,  # type: ignore[arg-type]  # bytes are taken as they are
            headers=self.headers,
            allow_redirects=False,
            catch_response=True,
        ) as response:
            body = _parsed(response.content)
            failure = failure_of(request.operation, response.status_code or 0, body)
            if failure is None:
                response.success()
                return body if body is not None else {}
            response.failure(failure)
            return None


def _parsed(content: bytes | None) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
