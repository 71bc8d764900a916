"""The parts of all workers become one result; a worker that is lost makes it an unfinished one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from loadtests.measurements.result import Result, merged, result_from_json
from loadtests.measurements.time_series import Cell, Total, figures
from loadtests.scenarios.operations import THROTTLED
from loadtests.scenarios.run_record import RunRecord


def part(number: int, **changed: Any) -> Result:
    """A worker's part: one user made in one request, in second `number`."""
    record = RunRecord(user_ids={number: f"u{number}"}, failed=1)
    values = {"finished": True, "gave_up": False, "generator_share": 0.1 * number, "began": 100.0 - number, **changed}
    made = Result(record=record, errors={"setup: 500": 1}, **values)
    made.series.note(number, "create user", 5.0, failed=False)
    made.tenants[0] = Total()
    made.tenants[0].note(float(number), "create user", 5.0, failed=False)
    return made


def test_a_result_survives_json() -> None:
    one = part(1, seconds=2.0, operations=[{"name": "create user", "count": 1}], lost=1)
    assert result_from_json(json.loads(json.dumps(one.to_json()))) == one


def test_parts_become_one_result() -> None:
    whole = merged([part(1), part(2)], 2)
    assert (whole.finished, whole.lost, whole.gave_up) == (True, 0, False)
    assert (whole.generator_share, whole.began) == (0.2, 98.0), "the busiest process, and the first to begin"
    assert whole.record == RunRecord(user_ids={1: "u1", 2: "u2"}, failed=2)
    assert whole.errors == {"setup: 500": 2}
    assert whole.series.whole()["create user"].count == 2
    assert (whole.tenants[0].first, whole.tenants[0].last) == (1.0, 2.0)


def test_a_lost_worker_and_one_that_gave_up_are_seen() -> None:
    assert (merged([part(1)], 2).finished, merged([part(1)], 2).lost) == (False, 1)
    assert merged([part(1), part(2, gave_up=True)], 2).gave_up
    assert not merged([part(1), part(2, finished=False)], 2).finished


def test_a_run_that_measured_nothing_has_no_beginning() -> None:
    assert merged([part(1, began=None)], 1).began is None
    assert merged([], 1).generator_share == 0.0


def test_waits_are_requests_that_were_throttled() -> None:
    cells = {"read user": Cell(5, 0, Counter({1.0: 5})), THROTTLED: Cell(2, 0, Counter({1.0: 2}))}
    result = Result(finished=True, gave_up=False, generator_share=0.0, operations=figures(cells))
    assert (result.requests, result.throttled) == (7, 2)
