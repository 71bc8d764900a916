"""Responses 429: how long to wait before a request is sent again, within the bounds of a test."""

from __future__ import annotations

from datetime import datetime

from simulator.wire.retry_after import retry_after_seconds

MOST_WAITS = 5  # a request that is throttled more often than this counts as an error
DEFAULT_SECONDS = 1.0
LONGEST_SECONDS = 30.0  # a test does not wait for hours because a header says so
SHORTEST_SECONDS = 0.1


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float:
    """Seconds from a Retry-After header; a second where the header says nothing usable."""
    seconds = retry_after_seconds(retry_after, now=now)
    return min(max(DEFAULT_SECONDS if seconds is None else seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
