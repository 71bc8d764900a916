"""429: how long to wait before a request is sent again (RFC 9110 section 10.2.3, Retry-After)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_WAITS = 5  # a request that was refused so often counts as an error
DEFAULT_SECONDS = 1.0
LONGEST_SECONDS = 30.0  # a test does not wait for hours because a header says so
SHORTEST_SECONDS = 0.1


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float:
    """Seconds from a Retry-After header: a number, an HTTP date, or a second when it says nothing usable."""
    return min(max(_asked(retry_after, now or datetime.now(UTC)), SHORTEST_SECONDS), LONGEST_SECONDS)


def _asked(retry_after: str | None, now: datetime) -> float:
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_SECONDS
    # A date with the zone -0000 comes without one; HTTP dates are always GMT (RFC 9110 section 5.6.7).
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
