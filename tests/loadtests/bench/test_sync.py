"""The speed of the sync: the table that the command prints, and the sizes that it rejects."""

from __future__ import annotations

import pytest

from loadtests.bench.sync import CHANGES, main
from tests.loadtests.bench.commands import bench, rejection, rows_of


@pytest.mark.full
@pytest.mark.slow
def test_every_account_and_every_change_is_counted() -> None:
    shown = bench("--users", "500", module="sync")
    assert shown.returncode == 0, shown.stderr
    expected = ["first full sync, 500 accounts", "scheduled sync, 500 changes", "preview without changes"]
    assert [row for row in expected if not rows_of(shown.stdout, row)] == []


def test_fewer_users_than_are_changed_are_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    told = rejection(main, ["--users", str(CHANGES - 1)], capsys)
    assert f"--users: expected at least {CHANGES}" in told
