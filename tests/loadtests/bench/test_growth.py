"""Growth: what the command writes, and the sizes that it rejects."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from loadtests.bench.growth import Cost, drawn, main
from loadtests.bench.operations import OPERATIONS
from tests.loadtests.bench.commands import bench, rejection


@pytest.mark.full
@pytest.mark.slow
def test_each_operation_is_measured_at_each_size(tmp_path: Path) -> None:
    sizes = ("--users", "60", "--users", "40", "--rounds", "1", "--seconds", "0.05")
    shown = bench(*sizes, "--output", str(tmp_path / "growth"), module="growth")
    assert shown.returncode == 0, shown.stderr
    with (tmp_path / "growth.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["users"], row["operation"]) for row in rows] == [(n, one) for n in ("40", "60") for one in OPERATIONS]
    assert {row["relative_cost"] for row in rows[: len(OPERATIONS)]} == {"1.0"}
    assert (tmp_path / "growth.svg").read_text().startswith("<svg ")


def test_the_chart_has_a_line_for_each_operation() -> None:
    costs = [Cost("it", name, users, 1, 1, cost) for users, cost in ((10, 1.0), (20, 1.5)) for name in ("GET", "POST")]
    chart = drawn(costs)
    assert chart.count("<polyline") == 2
    assert "cost of a request relative to 10 users" in chart


@pytest.mark.parametrize("users", ["0", "-1", "many"])
def test_a_size_that_cannot_be_measured_is_rejected(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, [f"--users={users}"], capsys)
    assert "--users" in told
