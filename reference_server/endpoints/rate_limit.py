"""Limits the requests per second of each connection with a token bucket."""

from __future__ import annotations

import math

BURST_SECONDS = 2  # the size of a burst, as the number of seconds whose requests may arrive at once


class RateLimit:
    """One bucket per connection. `per_second` is the long-term rate."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}  # connection id → (time of the last request, requests left)

    def wait(self, connection_id: str, now: float) -> int:
        """Count one request. Returns 0 if it is allowed, else the seconds to wait. `now` comes from a monotonic clock."""
        full = float(self._per_second * BURST_SECONDS)
        seen, left = self._buckets.get(connection_id, (now, full))
        left = min(full, left + (now - seen) * self._per_second)
        if left < 1:
            self._buckets[connection_id] = (now, left)
            return max(1, math.ceil((1 - left) / self._per_second))
        self._buckets[connection_id] = (now, left - 1)
        return 0
