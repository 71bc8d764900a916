"""The schedule of requests: an open loop that does not wait for a slow target, so that overload shows as latency.

A closed loop sends fewer requests to a slow target and hides the time that a provider would wait (coordinated omission). In an
open loop, each request has a scheduled time, and its delay counts as latency.
"""

from __future__ import annotations

from math import sqrt

FIRST_PART = 0.1  # share of the rate at which a ramp starts


class Arrivals:
    """Arrival times at `rate` per second, after a ramp of `ramp_seconds`. Worker `share` of `shares` gets every `shares`-th one.

    `rate` 0: a closed loop, in which every request is due immediately.
    """

    def __init__(self, rate: float, *, ramp_seconds: float = 0.0, share: int = 0, shares: int = 1) -> None:
        self.rate = rate
        self.ramp_seconds = ramp_seconds
        self._number, self._step = share, shares
        self._began: float | None = None
        self._was_idle = False

    def next_at(self, now: float) -> float:
        """When the next request is due. A time in the past means that all senders were busy."""
        if not self.rate:
            return now
        if self._began is None:
            self._began = now
        due = self._began + self.moment(self._number)
        if self._was_idle and due < now:  # there was nothing to send, so the schedule is shifted and no request is late
            self._began += now - due
            due = now
        self._was_idle = False
        self._number += self._step
        return due

    def note_idle(self) -> None:
        """Record that there is nothing to send."""
        self._was_idle = True

    def moment(self, number: int) -> float:
        """The seconds from the start to arrival `number`, which is the inverse of the rate's integral."""
        ramp, rate = self.ramp_seconds, self.rate
        within = rate * ramp * (1 + FIRST_PART) / 2  # arrivals during the ramp
        if number >= within:
            return ramp + (number - within) / rate
        slope = rate * (1 - FIRST_PART) / ramp
        start = rate * FIRST_PART
        return (sqrt(start * start + 2 * slope * number) - start) / slope
