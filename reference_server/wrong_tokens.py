"""Counts wrong tokens per client address and limits guessing; requests with the right token are not limited."""

from __future__ import annotations

WINDOW_SECONDS = 60
MOST_ADDRESSES = 10_000


class Guesses:
    """The wrong tokens of each address within one minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[float, int]] = {}  # address → (when its window began, wrong tokens in it)

    def wait(self, address: str, now: float) -> int:
        """Note a wrong token; returns the seconds that the client must wait, 0 below the limit. `now` in epoch seconds."""
        began, count = self._counts.get(address, (now, 0))
        if not 0 <= now - began < WINDOW_SECONDS:
            began, count = now, 0
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.clear()
        self._counts[address] = (began, count + 1)
        return 0 if count < self._limit else max(1, int(began + WINDOW_SECONDS - now))

    def is_first(self, address: str) -> bool:
        """Whether the wrong token noted last was the first of its window: worth a line in the log."""
        return self._counts[address][1] == 1
