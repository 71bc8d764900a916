"""Shows the progress of a long measurement on stderr: what is being done, and how long the rest will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

WIDTH = 78
CERTAIN_SECONDS = 10.0  # of planned work, until the time that was spent corrects the plan

Tell = Callable[[str, float], None]  # what is being done, and how much of the part is done: from 0 to 1
Item = TypeVar("Item")


class Progress:
    """Writes to stderr, so that stdout contains only the tables."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.passing("")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def passing(self, text: str) -> None:
        """On a terminal, replace the current progress text; "" clears it."""
        if self._terminal:
            sys.stderr.write("\r" + text[:WIDTH].ljust(WIDTH) + ("" if text else "\r"))
            sys.stderr.flush()

    def tell(self, text: str, done: float) -> None:
        """A `Tell` of a part of unknown length."""
        self.passing(f"{text} ({done:.0%})")


class Plan:
    """The parts of a measurement: the name of each, and how long it should take in seconds."""

    def __init__(self, parts: list[tuple[str, float]], clock: Callable[[], float] = time.monotonic) -> None:
        self._parts, self._clock, self._began = parts, clock, clock()
        self.seconds = sum(seconds for _, seconds in parts)

    def left(self, part: int, done: float = 0.0) -> str:
        """How long the rest takes when `done` of a part is done. The plan is corrected by the time that was spent."""
        seconds = [seconds for _, seconds in self._parts]
        reached = sum(seconds[:part]) + done * seconds[part]
        pace = (self._clock() - self._began + CERTAIN_SECONDS) / (reached + CERTAIN_SECONDS)
        rest = (self.seconds - reached) * pace
        return f"about {rest:.0f} s left" if rest < 100 else f"about {rest / 60:.0f} min left"

    def teller(self, part: int, show: Callable[[str], None]) -> Tell:
        """Shows the progress within a part."""
        name, _ = self._parts[part]
        return lambda text, done: show(f"{name}, {self.left(part, done)}: {text}")


def counted(items: Iterable[Item], total: int, text: str, tell: Tell) -> Iterator[Item]:
    """The same items. A hundred times on the way, it reports how many have been fetched."""
    for number, item in enumerate(items):
        if number % max(1, total // 100) == 0:
            tell(f"{text}, {number:,} of {total:,}", number / total)
        yield item
