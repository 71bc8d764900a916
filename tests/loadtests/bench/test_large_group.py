"""Requests with many members: the table that the command prints, and the sizes that it rejects."""

from __future__ import annotations

import pytest

from loadtests.bench.large_group import main
from tests.loadtests.bench.commands import bench, rejection, rows_of


@pytest.mark.full
@pytest.mark.slow
def test_reading_and_changing_a_large_group_are_measured_beside_the_json_alone() -> None:
    shown = bench("--users", "60", module="large_group")
    assert shown.returncode == 0, shown.stderr
    expected = [
        "GET of a group with 12 members",
        "PATCH that adds 12",
        "PATCH that removes 12 members in one operation |",
        "PATCH that removes 12 members in one operation for each",
    ]
    assert [len(rows_of(shown.stdout, row)) for row in expected] == [1, 1, 1, 1]
    for row in rows_of(shown.stdout, "PATCH"):
        assert float(row[1].removesuffix(" ms")) > float(row[2].removesuffix(" ms"))  # the server reads JSON, too


@pytest.mark.parametrize("users", ["0", "9", "many"])
def test_a_size_that_cannot_be_measured_is_rejected(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, [f"--users={users}"], capsys)
    assert "--users: " in told
