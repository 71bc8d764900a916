"""Progress of a run: one line on stderr with the prefix that the command reads."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.locust.progress import PREFIX, tell, tell_pace


def environment(requests: int, failures: int = 0) -> Any:
    """As much of Locust's environment as is read: the statistics of all requests, which began ten seconds ago."""
    total = SimpleNamespace(num_requests=requests, num_failures=failures, start_time=time.time() - 10)
    return SimpleNamespace(stats=SimpleNamespace(total=total))


def test_a_line_begins_with_the_prefix_and_stdout_stays_empty(capsys: pytest.CaptureFixture[str]) -> None:
    tell("1 worker is ready")
    assert capsys.readouterr() == ("", f"{PREFIX}  1 worker is ready\n")


@pytest.mark.parametrize(
    ("requests", "failures", "counts", "total", "shown"),
    [
        (500, 0, {"steps": 7, "people": 3}, 20, "7 of 20 steps, 3 users, 50 requests/s"),
        (500, 2, {"steps": 7}, None, "7 steps, 0 users, 50 requests/s, 2 failed"),
        (0, 0, {"setting_up": 1}, 20, "setup: 0 of 20 steps, 0 users, 0 requests/s"),
    ],
)
def test_pace_failures_and_set_up_are_shown(
    requests: int,
    failures: int,
    counts: dict[str, int],
    total: int | None,
    shown: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_pace(environment(requests, failures), time.monotonic() - 12, counts, total)
    assert capsys.readouterr().err == f"{PREFIX}     12 s   {shown}\n"
