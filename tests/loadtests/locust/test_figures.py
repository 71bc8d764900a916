"""Locust's figures: what is written at the end of a run, and what a long run forgets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.loadtests.locust.conftest import Run

pytestmark = pytest.mark.slow  # the first one starts a process that imports Locust


def test_the_result_has_the_operations_the_errors_and_the_measured_seconds(tmp_path: Path, beside_locust: Run) -> None:
    beside_locust(f"""
        from pathlib import Path
        from locust.env import Environment
        from loadtests.locust.figures import write_result
        from loadtests.measurements.result import Result
        environment = Environment()
        stats = environment.stats
        for milliseconds in (10, 20, 30):
            stats.log_request("GET", "read user", milliseconds, 0)
        stats.log_error("GET", "read user", "500")
        stats.total.last_request_timestamp = 110.0
        whole = Result(True, False, 0.5, began=100.0, errors={{"setup: create user: 409": 2}})
        write_result(environment, whole, Path({str(tmp_path / "result.json")!r}))
        found = None
    """)
    value = json.loads((tmp_path / "result.json").read_text())
    (operation,) = value["operations"]
    assert (operation["name"], operation["count"], operation["errors"]) == ("read user", 3, 1)
    assert (operation["p50_ms"], operation["max_ms"]) == (20, 30)
    assert value["errors"] == {"setup: create user: 409": 2, "read user: 500": 1}
    assert value["seconds"] == 10.0
    assert "began" not in value


def test_a_long_run_keeps_the_last_minute_and_thins_out_its_chart(beside_locust: Run) -> None:
    kept, totals, points = beside_locust("""
        from locust.env import Environment
        from loadtests.locust.figures import MOST_HISTORY, prune
        environment = Environment()
        stats = environment.stats
        stats.log_request("GET", "read user", 10, 0)
        for entry in (stats.total, *stats.entries.values()):
            entry.num_reqs_per_sec = {second: 1 for second in range(1000)}
            entry.last_request_timestamp = 999.0
        stats.history.extend(range(MOST_HISTORY + 1))
        prune(environment)
        counts = [sorted(entry.num_reqs_per_sec) for entry in (stats.total, *stats.entries.values())]
        found = [[seconds[0] for seconds in counts], stats.total.num_requests, [*stats.history[:3], *stats.history[-2:]]]
    """)
    assert kept == [939, 939]
    assert totals == 1, "no request is forgotten"
    assert points == [1, 3, 5, 1999, 2000]


def test_the_figures_of_a_run_in_progress_are_appended_for_a_live_chart(tmp_path: Path, beside_locust: Run) -> None:
    path = tmp_path / "figures.jsonl"
    beside_locust(f"""
        import os
        from locust.env import Environment
        from loadtests.locust.figures import LIVE_FIGURES, append_live
        environment = Environment()
        append_live(environment, 0.5)
        os.environ[LIVE_FIGURES] = {str(path)!r}
        for second in (1.0, 2.0):
            environment.stats.log_request("GET", "read user", 10, 0)
            append_live(environment, second)
        found = None
    """)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["second"], line["requests"], line["errors"]) for line in lines] == [(1.0, 1, 0), (2.0, 2, 0)]
    assert [(one["name"], one["p50_ms"]) for one in lines[-1]["operations"]] == [("read user", 10)]
