"""Calculates how long to wait after a 429 response, within limits suitable for a test."""

from __future__ import annotations

from datetime import datetime

from simulator.wire.retry_after import retry_after_seconds

MOST_WAITS = 5  # a request that is throttled more often counts as an error
DEFAULT_SECONDS = 1.0
LONGEST_SECONDS = 30.0  # a longer Retry-After is not honored
SHORTEST_SECONDS = 0.1


def seconds_to_wait(retry_after: str | None, *, now: datetime | None = None) -> float:
    """The seconds from a Retry-After header; one second if the header is missing or invalid."""
    seconds = retry_after_seconds(retry_after, now=now)
    return min(max(DEFAULT_SECONDS if seconds is None else seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
