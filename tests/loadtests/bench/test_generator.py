"""The load generator's own speed: a closed and an open loop, and the requests that each has sent."""

from __future__ import annotations

import pytest

from tests.loadtests.bench.commands import bench, rows_of


@pytest.mark.full
@pytest.mark.slow
def test_both_loops_send_the_same_requests() -> None:
    shown = bench("--users", "50", "--sent", "20", "--lanes", "2", module="generator")
    assert shown.returncode == 0, shown.stderr
    assert rows_of(shown.stdout, "50 users generated")
    requests = [row[0].split()[0] for row in rows_of(shown.stdout, "") if " requests " in f"{row[0]} "]
    assert len(requests) == 2
    assert requests[0] == requests[1]
