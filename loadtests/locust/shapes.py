"""When requests are due: an open-loop schedule that does not wait for a slow target, so that overload shows as latency.

A closed loop asks less of a target that slows down and hides what a provider would have waited (coordinated omission):
here each request has its moment, and what it was late by counts into its time.
"""

from __future__ import annotations

from math import sqrt

FIRST_PART = 0.1  # of the rate, where it ramps up


class Arrivals:
    """Moments `rate` a second apart, growing to it over `ramp_seconds`; worker `share` of `shares` takes every so manieth.

    `rate` 0: no schedule, every request is due at once (a closed loop).
    """

    def __init__(self, rate: float, *, ramp_seconds: float = 0.0, share: int = 0, shares: int = 1) -> None:
        self.rate = rate
        self.ramp_seconds = ramp_seconds
        self._number, self._step = share, shares
        self._began: float | None = None
        self._was_idle = False

    def next_at(self, now: float) -> float:
        """When the next request is due; a moment in the past is one that all lanes were too busy for."""
        if not self.rate:
            return now
        if self._began is None:
            self._began = now
        due = self._began + self.moment(self._number)
        if self._was_idle and due < now:  # nothing was to be sent: the schedule waits, nobody is late
            self._began += now - due
            due = now
        self._was_idle = False
        self._number += self._step
        return due

    def note_idle(self) -> None:
        """There was nothing to send."""
        self._was_idle = True

    def moment(self, number: int) -> float:
        """Seconds from the beginning to arrival `number`: the inverse of the rate's integral."""
        ramp, rate = self.ramp_seconds, self.rate
        within = rate * ramp * (1 + FIRST_PART) / 2  # arrivals during the ramp
        if number >= within:
            return ramp + (number - within) / rate
        slope = rate * (1 - FIRST_PART) / ramp
        start = rate * FIRST_PART
        return (sqrt(start * start + 2 * slope * number) - start) / slope
