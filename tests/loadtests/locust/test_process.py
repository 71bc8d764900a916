"""One process of a run: which requests count, how failures are named, and how many names there may be."""

from __future__ import annotations

import pytest

from tests.loadtests.locust.conftest import Run

pytestmark = pytest.mark.slow  # the first one starts a process that imports Locust
SET_UP = """
from loadtests.locust.process import MOST_FAILURES, ProcessRun, ThisProcess
from loadtests.locust.shapes import Arrivals
from loadtests.scenarios.catalog import work_for
from loadtests.scenarios.plan import Settings
work = work_for(Settings("{scenario}", users=3))
run = ProcessRun(work, Arrivals(0), {warm_up}, [])
"""


def set_up(scenario: str = "initial-cycle", warm_up: float = 0.0) -> str:
    return SET_UP.format(scenario=scenario, warm_up=warm_up)


def test_requests_of_the_warm_up_do_not_count(beside_locust: Run) -> None:
    counted, began = beside_locust(
        set_up(warm_up=2.0) + "found = [[run.counts(now) for now in (100.0, 101.9, 102.0, 103.0)], run.part().began]"
    )
    assert counted == [False, False, True, True]
    assert began == 102.0


def test_requests_of_the_set_up_do_not_count_and_their_failures_are_named_so(beside_locust: Run) -> None:
    counted, failure, part = beside_locust(
        set_up("leavers")
        + """
failure = run.note_failure("create user", "409", counts=False)
run.note_failure("create user", "409", counts=False)
found = [run.counts(100.0), failure, run.part().to_json()]
"""
    )
    assert (counted, failure) == (False, "409")
    assert part["errors"] == {"setup: create user: 409": 2}
    assert part["began"] is None


def test_the_number_of_kinds_of_failures_is_limited(beside_locust: Run) -> None:
    first, later, again, kinds, most = beside_locust(
        set_up()
        + """
told = [run.note_failure("create user", f"400 type-{number}", counts=True) for number in range(MOST_FAILURES + 50)]
again = run.note_failure("create user", "400 type-0", counts=True)
found = [told[0], told[-1], again, len(run.failures), MOST_FAILURES]
"""
    )
    assert (first, later, again) == ("400 type-0", "another error", "400 type-0")
    assert kinds == most + 1


def test_figures_are_kept_for_each_tenant(beside_locust: Run) -> None:
    part, over = beside_locust(
        set_up()
        + """
run.note("create user", 5.0, failed=False, tenant=1)
run.note("create user", 7.0, failed=True, tenant=None)
found = [run.part().to_json(), ThisProcess().is_over()]
"""
    )
    assert list(part["tenants"]) == ["1"]
    (cells,) = part["series"]["cells"].values()
    assert cells["create user"][:2] == [2, 1]
    assert over, "without a run there is nothing to wait for"
