"""How long a request waits after 429."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.locust.throttling import LONGEST_SECONDS, SHORTEST_SECONDS, seconds_to_wait

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 2 ", 2.0),
        ("0", SHORTEST_SECONDS),
        ("86400", LONGEST_SECONDS),
        ("Mon, 02 Mar 2026 12:00:05 GMT", 5.0),
        ("Mon, 02 Mar 2026 12:00:05 -0000", 5.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", SHORTEST_SECONDS),
        ("Tue, 03 Mar 2026 12:00:00 GMT", LONGEST_SECONDS),
        ("soon", 1.0),
        ("-5", 1.0),
        ("1.5", 1.0),
        ("²", 1.0),
        ("", 1.0),
        (None, 1.0),
    ],
)
def test_retry_after_is_honoured_within_reason(header: str | None, seconds: float) -> None:
    assert seconds_to_wait(header, now=NOON) == seconds


@given(st.text())
def test_no_header_breaks_a_run(header: str) -> None:
    assert SHORTEST_SECONDS <= seconds_to_wait(header) <= LONGEST_SECONDS
