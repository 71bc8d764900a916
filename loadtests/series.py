"""A run second by second: how many requests of which operation were answered how fast; several processes add up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STORES_A_USER = "create user"


@dataclass(slots=True)
class Cell:
    """Requests of one operation within one second: their number, the failed ones, and how often each time was taken."""

    count: int = 0
    errors: int = 0
    times: Counter[float] = field(default_factory=Counter)  # ms, rounded → requests

    def add(self, other: Cell) -> None:
        self.count += other.count
        self.errors += other.errors
        self.times.update(other.times)


@dataclass(slots=True)
class Series:
    """Second of the clock → operation → cell; `shares` are the parts of a core that the generator's processes used."""

    cells: dict[int, dict[str, Cell]] = field(default_factory=dict)
    shares: list[float] = field(default_factory=list)

    def note(self, second: int, operation: str, milliseconds: float, *, failed: bool) -> None:
        cell = self.cells.setdefault(second, {}).setdefault(operation, Cell())
        cell.count += 1
        cell.errors += failed
        cell.times[rounded(milliseconds)] += 1

    def whole(self) -> dict[str, Cell]:
        """All cells, added up by operation."""
        return added(self.cells.values())

    def between(self, first: int, last: int) -> dict[str, Cell]:
        """All cells from `first` to before `last`, added up by operation."""
        return added(cells for at, cells in self.cells.items() if first <= at < last)

    def stored(self) -> dict[int, int]:
        """Second → how many users the run had created before it."""
        before, told = 0, {}
        for at in sorted(self.cells):
            told[at] = before
            made = self.cells[at].get(STORES_A_USER, Cell())
            before += made.count - made.errors
        return told


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
    """Cells of several seconds as one per operation."""
    whole: dict[str, Cell] = {}
    for part in parts:
        for operation, cell in part.items():
            whole.setdefault(operation, Cell()).add(cell)
    return whole


def figures(cells: dict[str, Cell]) -> list[dict[str, Any]]:
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


def as_json(series: Series) -> str:
    """What a process leaves behind; `read_series` reads it."""
    cells = {
        str(at): {name: [cell.count, cell.errors, list(cell.times.items())] for name, cell in named.items()}
        for at, named in series.cells.items()
    }
    return json.dumps({"cells": cells, "shares": series.shares}, separators=(",", ":"))


def read_series(folder: Path) -> Series:
    """What all processes of a run left in the folder, added up."""
    whole = Series()
    for path in sorted(folder.glob("samples-*.json")):
        value = json.loads(path.read_text("utf-8"))
        whole.shares += value["shares"]
        for at, named in value["cells"].items():
            cells = whole.cells.setdefault(int(at), {})
            for name, (count, errors, times) in named.items():
                cells.setdefault(name, Cell()).add(Cell(count, errors, Counter(dict(times))))
    return whole
