"""The requests of a run by time and operation, with their latencies. Series of several processes can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

STORES_A_USER = "create user"
MOST_CELLS = 480  # limit for the number of time slots; beyond it, slots are merged in pairs, so that memory is bounded


class OperationFigures(TypedDict):
    """The number of requests and failures of one operation, and its percentiles in ms (None: no request got a response)."""

    name: str
    count: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


@dataclass(slots=True)
class Cell:
    """The requests of one operation in one time slot: their number, the failures, and a histogram of latencies."""

    count: int = 0
    errors: int = 0
    times: Counter[float] = field(default_factory=Counter)  # ms, rounded → requests

    def note(self, milliseconds: float, *, failed: bool) -> None:
        self.count += 1
        self.errors += failed
        self.times[rounded(milliseconds)] += 1

    def add(self, other: Cell) -> None:
        self.count += other.count
        self.errors += other.errors
        self.times.update(other.times)


@dataclass(slots=True)
class Series:
    """Time slot (its first second) → operation → cell. Each slot is `width` seconds long."""

    cells: dict[int, dict[str, Cell]] = field(default_factory=dict)
    width: int = 1

    def note(self, second: int, operation: str, milliseconds: float, *, failed: bool) -> None:
        self._cell(second, operation).note(milliseconds, failed=failed)
        if len(self.cells) > MOST_CELLS:
            self._widen(self.width * 2)

    def add(self, other: Series) -> None:
        """Add the series of another process."""
        self._widen(max(self.width, other.width))
        for at, cells in other.cells.items():
            for name, cell in cells.items():
                self._cell(at, name).add(cell)

    def whole(self) -> dict[str, Cell]:
        """The sum of all cells by operation."""
        return added(self.cells.values())

    def between(self, first: int, last: int) -> dict[str, Cell]:
        """The sum of the cells from `first` up to, but excluding, `last` by operation."""
        return added(cells for at, cells in self.cells.items() if first <= at < last)

    def stored(self) -> dict[int, int]:
        """The number of users that the run had created before each time slot."""
        before, told = 0, {}
        for at in sorted(self.cells):
            told[at] = before
            made = self.cells[at].get(STORES_A_USER, Cell())
            before += made.count - made.errors
        return told

    def _cell(self, second: int, operation: str) -> Cell:
        named = self.cells.setdefault(second // self.width * self.width, {})
        cell = named.get(operation)
        if cell is None:
            cell = named[operation] = Cell()
        return cell

    def _widen(self, width: int) -> None:
        if width == self.width:
            return
        before, self.cells, self.width = self.cells, {}, width
        for at, cells in before.items():
            for name, cell in cells.items():
                self._cell(at, name).add(cell)


@dataclass(slots=True)
class Total:
    """All requests of one tenant by operation, and when the first and the last of them ended (epoch seconds)."""

    cells: dict[str, Cell] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0

    def note(self, now: float, operation: str, milliseconds: float, *, failed: bool) -> None:
        self.first, self.last = self.first or now, now
        self.cells.setdefault(operation, Cell()).note(milliseconds, failed=failed)

    def add(self, other: Total) -> None:
        self.first = min(self.first or other.first, other.first or self.first)
        self.last = max(self.last, other.last)
        self.cells = added([self.cells, other.cells])


def rounded(milliseconds: float) -> float:
    """The latency with two significant digits (three from 100 ms), which keeps histograms small."""
    return float(f"{milliseconds:.{2 if milliseconds < 100 else 3}g}")


def percentile(times: Counter[float], part: float) -> float | None:
    """The latency in ms that a share `part` (0 to 1) of the requests did not exceed; None without requests."""
    left = part * times.total()
    for time, count in sorted(times.items()):
        left -= count
        if left <= 0:
            return time
    return None


def added(parts: Iterable[dict[str, Cell]]) -> dict[str, Cell]:
    """The sum of the cells of several time slots by operation."""
    whole: dict[str, Cell] = {}
    for part in parts:
        for operation, cell in part.items():
            whole.setdefault(operation, Cell()).add(cell)
    return whole


def figures(cells: dict[str, Cell]) -> list[OperationFigures]:
    """The requests, failures, and percentiles in ms by operation."""
    return [
        {
            "name": name,
            "count": cell.count,
            "errors": cell.errors,
            "p50_ms": percentile(cell.times, 0.5),
            "p95_ms": percentile(cell.times, 0.95),
            "p99_ms": percentile(cell.times, 0.99),
            "max_ms": max(cell.times, default=None),
        }
        for name, cell in sorted(cells.items())
    ]
