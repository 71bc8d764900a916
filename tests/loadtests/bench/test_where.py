"""Where the CPU time of a request goes: the table, and the command at a small size."""

from __future__ import annotations

import pytest

from loadtests.bench.operations import OPERATIONS
from loadtests.bench.servers.sampled_server import OTHER, PARTS
from loadtests.bench.where import main, table
from tests.loadtests.bench.commands import bench, rejection, rows_of


def test_the_table_has_a_row_for_each_part_and_their_sum() -> None:
    shown = table({"GET": {OTHER: 1.5, "rendering": 2.25}, "POST": {"store, journal": 4.0}})
    assert rows_of(shown, "rendering") == [["rendering", "2.2", "0.0"]]
    assert rows_of(shown, "together") == [["together", "3.8", "4.0"]]
    assert len(shown.splitlines()) == 2 + len({*PARTS.values(), OTHER}) + 1


@pytest.mark.full
@pytest.mark.slow
def test_each_operation_is_sampled() -> None:
    shown = bench("--users", "60", "--seconds", "0.5", module="where")
    assert shown.returncode == 0, shown.stderr
    (together,) = rows_of(shown.stdout, "together")
    assert [float(cell) > 0 for cell in together[1:]] == [True] * len(OPERATIONS)


@pytest.mark.parametrize("users", ["0", "-1", "many"])
def test_a_size_that_cannot_be_measured_is_rejected(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, [f"--users={users}"], capsys)
    assert "--users" in told
