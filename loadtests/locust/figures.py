"""Locust's own statistics at the end of a run, and the file in which the parent process gets the results."""

from __future__ import annotations

import os
from pathlib import Path

import gevent
import orjson
from locust.env import Environment
from locust.stats import StatsEntry

from loadtests.measurements.result import Result
from loadtests.measurements.time_series import OperationFigures
from secrecy.private_files import private_opener, write_private

LIVE_FIGURES = "SCIMULATOR_LIVE_FIGURES"  # environment variable with the path of a file
KEPT_SECONDS = 60  # Locust uses the last 12 seconds
PRUNED_EVERY_SECONDS = 10.0
MOST_HISTORY = 2_000  # points in the charts of the web page


def write_result(environment: Environment, whole: Result, path: Path) -> None:
    """Write the merged result with the time, operations, and errors of Locust's statistics."""
    total = environment.stats.total
    began = whole.began or total.start_time
    whole.seconds = max(total.last_request_timestamp - began, 0.0) if total.last_request_timestamp else 0.0
    whole.operations = [_operation(entry) for entry in environment.stats.entries.values()]
    for error in environment.stats.errors.values():
        whole.errors[f"{error.name}: {error.error}"] = error.occurrences
    value = whole.to_json()
    del value["began"]  # redundant: `seconds` is written
    write_private(path, orjson.dumps(value))


def _operation(entry: StatsEntry) -> OperationFigures:
    return {
        "name": entry.name,
        "count": entry.num_requests,
        "errors": entry.num_failures,
        "p50_ms": entry.get_response_time_percentile(0.5),
        "p95_ms": entry.get_response_time_percentile(0.95),
        "p99_ms": entry.get_response_time_percentile(0.99),
        "max_ms": entry.max_response_time,
    }


def append_live(environment: Environment, second: float) -> None:
    """Append the figures so far as one line to the file that LIVE_FIGURES names, if any, for a chart of a run in progress."""
    path = os.environ.get(LIVE_FIGURES)
    if path:
        total = environment.stats.total
        line = {
            "second": round(second, 1),
            "requests": total.num_requests,
            "errors": total.num_failures,
            "operations": [_operation(entry) for entry in environment.stats.entries.values()],
        }
        with open(path, "ab", opener=private_opener) as file:
            file.write(orjson.dumps(line) + b"\n")


def keep_bounded(environment: Environment) -> None:
    """Regularly delete Locust's statistics per second, which would fill the memory in a soak of several days. Never returns."""
    while True:
        gevent.sleep(PRUNED_EVERY_SECONDS)
        prune(environment)


def prune(environment: Environment) -> None:
    """Delete seconds that Locust does not use anymore, and every other point of a long chart."""
    stats = environment.stats
    oldest = int(stats.total.last_request_timestamp or 0) - KEPT_SECONDS
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [second for second in counts if second < oldest]:
                del counts[second]
    if len(stats.history) > MOST_HISTORY:
        del stats.history[: MOST_HISTORY // 2 : 2]
