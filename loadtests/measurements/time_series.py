"""A run moment by moment: how many requests of which operation were answered how fast; several processes add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

STORES_A_USER = "create user"
MOST_CELLS = 480  # moments that are kept; beyond, two become one, so that hours take no more memory than minutes


class OperationFigures(TypedDict):
    """Requests, failures, and percentiles in ms of one operation; None where no request was answered."""

    name: str
    count: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


@dataclass(slots=True)
class Cell:
    """Requests of one operation within one moment: their number, the failed ones, and how often each time was taken."""

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
    """Moment (the second of the clock in which it begins) → operation → cell; each is `width` seconds long."""

    cells: dict[int, dict[str, Cell]] = field(default_factory=dict)
    width: int = 1

    def note(self, second: int, operation: str, milliseconds: float, *, failed: bool) -> None:
        self._cell(second, operation).note(milliseconds, failed=failed)
        if len(self.cells) > MOST_CELLS:
            self._widen(self.width * 2)

    def add(self, other: Series) -> None:
        """Add what another process noted."""
        self._widen(max(self.width, other.width))
        for at, cells in other.cells.items():
            for name, cell in cells.items():
                self._cell(at, name).add(cell)

    def whole(self) -> dict[str, Cell]:
        """All cells, added up by operation."""
        return added(self.cells.values())

    def between(self, first: int, last: int) -> dict[str, Cell]:
        """All cells from `first` to before `last`, added up by operation."""
        return added(cells for at, cells in self.cells.items() if first <= at < last)

    def stored(self) -> dict[int, int]:
        """Moment → how many users the run had created before it."""
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
    """All requests of one tenant: operation → cell, and when the first and the last of them ended (epoch seconds)."""

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
    """Two significant digits, three from 100 ms on: precise enough for percentiles, few enough to keep."""
    return float(f"{milliseconds:.{2 if milliseconds < 100 else 3}g}")


def percentile(times: Counter[float], part: float) -> float | None:
    """The time in ms that `part` (0 to 1) of the requests did not exceed; None without a request."""
    left = part * times.total()
    for time, count in sorted(times.items()):
        left -= count
        if left <= 0:
            return time
    return None


def added(parts: Iterable[dict[str, Cell]]) -> dict[str, Cell]:
    """Cells of several moments as one per operation."""
    whole: dict[str, Cell] = {}
    for part in parts:
        for operation, cell in part.items():
            whole.setdefault(operation, Cell()).add(cell)
    return whole


def figures(cells: dict[str, Cell]) -> list[OperationFigures]:
    """Per operation: requests, failures and percentiles in ms."""
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
