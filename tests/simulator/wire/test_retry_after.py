"""The Retry-After header is a number of seconds or an HTTP date; anything else asks for nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.retry_after import MOST_SECONDS, delay_seconds, retry_after_seconds

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "delay", "seconds"),
    [
        ("2", 2, 2.0),
        (" 2 ", 2, 2.0),
        ("0", 0, 0.0),
        ("86400", 86_400, 86_400.0),
        ("9" * 5_000, MOST_SECONDS, float(MOST_SECONDS)),
        ("Mon, 02 Mar 2026 12:00:05 GMT", None, 5.0),
        ("Mon, 02 Mar 2026 12:00:05 -0000", None, 5.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", None, -3600.0),
        ("soon", None, None),
        ("-5", None, None),
        ("1.5", None, None),
        ("²", None, None),
        ("NaN", None, None),
        ("inf", None, None),
        ("1e9", None, None),
        ("9" * 21, MOST_SECONDS, float(MOST_SECONDS)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, 251_629_847_999.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None, 251_629_934_339.0),
        (f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT", None, None),
        (f"Mon, {'9' * 5_000} Jan 2026 00:00:00 GMT", None, None),
        ("Mon, 02 Mar 2026 12:00:05 +9999", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_header_is_seconds_or_a_date(header: str | None, delay: int | None, seconds: float | None) -> None:
    assert delay_seconds(header) == delay
    assert retry_after_seconds(header, now=NOON) == seconds


@given(st.text())
def test_no_text_raises_an_error(header: str) -> None:
    delay_seconds(header)
    retry_after_seconds(header)
