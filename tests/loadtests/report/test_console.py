"""The console shows what was missed, and by how much."""

from __future__ import annotations

from loadtests.report.console import console_lines
from tests.loadtests.report.bad_run import bad_run


def test_the_console_tells_what_was_missed_and_by_whom() -> None:
    told = "\n".join(console_lines(bad_run()))
    for words in (
        "growth      create user: p50 +3.0 % per 10,000 stored users",
        "baseline    create user     2.50 × (2.00 to 3.12)",
        "leavers     10: 2 still active",
        "throttled   3 responses 429",
        "1 worker was lost",
        "the load generator was the bottleneck (95% of its core)",
        "error  create user: 409 uniqueness  7 times",
    ):
        assert words in told, words
    assert max(map(len, told.splitlines())) <= 110
