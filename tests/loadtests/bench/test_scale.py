"""What size costs: the table that the command prints, and the sizes that it rejects."""

from __future__ import annotations

import pytest

from loadtests.bench.scale import main
from tests.loadtests.bench.commands import bench, rejection, rows_of


@pytest.mark.full
@pytest.mark.slow
def test_start_memory_and_unindexed_filters_are_measured() -> None:
    shown = bench("--users", "60", module="scale")
    assert shown.returncode == 0, shown.stderr
    expected = ["cold start", "memory per user", "filter without an index", "restart with a folder"]
    assert [row for row in expected if not rows_of(shown.stdout, row)] == []


@pytest.mark.parametrize("users", ["0", "-1", "many"])
def test_a_size_that_cannot_be_measured_is_rejected(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, [f"--users={users}"], capsys)
    assert "--users: " in told
