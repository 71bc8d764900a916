"""Limits the number of requests per second, evenly spread over all concurrent senders."""

from __future__ import annotations

import asyncio


class Rate:
    """Lets one request through every 1/`per_second` seconds. Unused time does not accumulate into bursts."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1.0 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        """Wait until the next request may be sent."""
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now)
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
