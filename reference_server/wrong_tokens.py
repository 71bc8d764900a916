"""Counts wrong tokens by their source and decides which sources must wait before another token is compared."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60
MOST_SOURCES = 10_000
FLOOD = 10  # beyond this multiple of the limit from all sources together, the limit of each source is one


class Guesses:
    """The wrong tokens of each source within one minute. `now` is in seconds of a monotonic clock.

    A source that has reached the limit must wait until its minute is over, even with the right token. If many sources send
    wrong tokens, the limit is one, so a client that sends the right token first is still admitted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[float, int]] = {}  # source → (when its window began, wrong tokens in it)
        self._all = (0.0, 0)  # the total of all sources

    def __bool__(self) -> bool:
        """Whether any source has sent a wrong token."""
        return bool(self._counts)

    def wait(self, source: str, now: float) -> int:
        """The seconds that a source must wait before another token is compared; 0 if it need not wait."""
        began, count = _current(self._counts.get(source, (now, 0)), now)
        limit = 1 if self.is_flood(now) else self._limit
        return 0 if count < limit else max(1, int(began + WINDOW_SECONDS - now))

    def note(self, source: str, now: float) -> int:
        """Count a wrong token; returns its number within the source's minute."""
        began, count = _current(self._counts.pop(source, (now, 0)), now)
        if len(self._counts) >= MOST_SOURCES:
            del self._counts[next(iter(self._counts))]
        self._counts[source] = (began, count + 1)
        began_all, count_all = _current(self._all, now)
        self._all = (began_all, count_all + 1)
        return count + 1

    def is_flood(self, now: float) -> bool:
        """Whether many sources send wrong tokens at the same time."""
        return _current(self._all, now)[1] >= FLOOD * self._limit

    def is_worth_a_line(self, number: int, now: float) -> bool:
        """Whether to log the wrong token with this number. Only the first and the last are logged, to limit the log."""
        return number in (1, self._limit) and not self.is_flood(now)


def source_of(address: str) -> str:
    """The source that an address belongs to: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]
    return address


def _current(window: tuple[float, int], now: float) -> tuple[float, int]:
    """The current window of a source, or a new one."""
    return window if now - window[0] < WINDOW_SECONDS else (now, 0)
