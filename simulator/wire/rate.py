"""Rate: at most so many requests a second, evenly spread, whatever the number of lanes."""

from __future__ import annotations

import asyncio


class Rate:
    """A gate that lets one request through every 1/`per_second` s; nothing is saved up while nobody asks."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1.0 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        """Return when it is this request's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now)
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
