"""The simulator's own speed: every request of the initial cycle is in the table, by operation."""

from __future__ import annotations

import pytest

from tests.loadtests.bench.commands import bench, rows_of


@pytest.mark.slow
def test_the_requests_of_an_initial_cycle_are_counted_by_operation() -> None:
    shown = bench("--users", "20", module="engine")
    assert shown.returncode == 0, shown.stderr
    for operation in ("create user", "match user", "add member"):
        instant, real = rows_of(shown.stdout, operation)
        assert instant[1] == real[1], "the same requests reach both targets"
    assert rows_of(shown.stdout, "create user")[0][1] == "20"
