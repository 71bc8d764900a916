"""Counts wrong tokens by where they come from, and says who has to wait before another token is compared."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60
MOST_SOURCES = 10_000
FLOOD = 10  # this many times the limit, from whatever sources, and each of them has one wrong token left


class Guesses:
    """The wrong tokens of each source within one minute. `now` is in seconds of a clock that only goes forward.

    A source that has reached the limit waits until its minute is over, even with the right token. In a flood from many
    sources, one wrong token is the limit: whoever sends the right one first is let in all the same.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[float, int]] = {}  # source → (when its window began, wrong tokens in it)
        self._all = (0.0, 0)  # the same for all sources together

    def __bool__(self) -> bool:
        """Whether anyone sent a wrong token."""
        return bool(self._counts)

    def wait(self, source: str, now: float) -> int:
        """The seconds that the source must wait before a token of it is compared; 0: none."""
        began, count = _current(self._counts.get(source, (now, 0)), now)
        limit = 1 if self.is_flood(now) else self._limit
        return 0 if count < limit else max(1, int(began + WINDOW_SECONDS - now))

    def note(self, source: str, now: float) -> int:
        """Count a wrong token; returns which one it is in the source's minute: the first and the last are worth a line."""
        began, count = _current(self._counts.pop(source, (now, 0)), now)
        if len(self._counts) >= MOST_SOURCES:
            del self._counts[next(iter(self._counts))]
        self._counts[source] = (began, count + 1)
        began_all, count_all = _current(self._all, now)
        self._all = (began_all, count_all + 1)
        return count + 1

    def is_flood(self, now: float) -> bool:
        """Whether wrong tokens come from many sources at once."""
        return _current(self._all, now)[1] >= FLOOD * self._limit

    def is_worth_a_line(self, number: int, now: float) -> bool:
        """Whether the wrong token of this number is to be logged: a guesser must not fill the log."""
        return number in (1, self._limit) and not self.is_flood(now)


def source_of(address: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 network that one machine gets of IPv6."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]
    return address


def _current(window: tuple[float, int], now: float) -> tuple[float, int]:
    """The window, or a new one if it is over."""
    return window if now - window[0] < WINDOW_SECONDS else (now, 0)
