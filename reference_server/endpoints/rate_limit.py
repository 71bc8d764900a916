"""So many requests a second per connection: a bucket that refills; who finds it empty is told how long to wait (429)."""

from __future__ import annotations

import math

BURST_SECONDS = 2  # what may come at once after a quiet time, in seconds' worth of requests


class RateLimit:
    """One bucket per connection. `per_second` requests a second in the long run."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}  # connection → (when it was looked at, requests left)

    def wait(self, connection_id: str, now: float) -> int:
        """Take one request; returns the whole seconds to wait, 0 when it may go on. `now` in seconds of a steady clock."""
        full = float(self._per_second * BURST_SECONDS)
        seen, left = self._buckets.get(connection_id, (now, full))
        left = min(full, left + (now - seen) * self._per_second)
        if left < 1:
            self._buckets[connection_id] = (now, left)
            return max(1, math.ceil((1 - left) / self._per_second))
        self._buckets[connection_id] = (now, left - 1)
        return 0
