"""The reference server over PostgreSQL as it grows: the table that the command prints, and the options that it rejects."""

from __future__ import annotations

import pytest

from loadtests.bench.database import MEASURED, main
from tests.loadtests.bench.commands import bench, rejection, rows_of


@pytest.mark.full
@pytest.mark.slow
def test_operations_are_measured_at_each_size() -> None:
    sizes = ("--users", "30", "--users", "60")
    shown = bench(*sizes, "--rounds", "1", "--seconds", "0.05", module="database")
    assert shown.returncode == 0, shown.stderr
    for operation in MEASURED:
        ((_, *rates, cost),) = rows_of(shown.stdout, operation)
        assert len(rates) == 2
        assert cost.endswith("×")
    assert rows_of(shown.stdout, "first full sync, 60 accounts")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--users", "1"],
        ["--users", "60", "--users", "30"],
        ["--users", "30", "--users", "30"],
        ["--rounds", "0"],
        ["--seconds", "0"],
    ],
)
def test_sizes_must_ascend_and_times_be_positive(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, arguments, capsys)
    assert "--users: expected ascending numbers of at least 2; --rounds and --seconds: expected numbers above 0" in told
