"""Derives from a series the throughput and latency over time, and the latency by the number of stored users."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from loadtests.measurements.time_series import STORES_A_USER, Cell, Series, added, percentile
from loadtests.scenarios.operations import THROTTLED
from simulator.stream.events import GrowthEvent, GrowthPoint, TimelineEvent, TimelinePoint

MOST_POINTS = 120
BANDS = 20
FEWEST_BANDS = 5  # with fewer bands, a slope would only show noise
FEWEST_IN_BAND = 10
FEWEST_STORED = (
    2_000  # users between the first and the last band; limits the extrapolation to 10,000 users to a factor of five
)
PER_USERS = 10_000
BLOCKS = 10


def timeline(series: Series) -> TimelineEvent:
    """Throughput and latency over time, in at most 120 points."""
    if not series.cells:
        return {"event": "timeline", "step_seconds": 1, "points": []}
    first, last = min(series.cells), max(series.cells)
    step = -(-(last - first + series.width) // MOST_POINTS // series.width) * series.width
    stored = series.stored()
    points: list[TimelinePoint] = []
    for start in range(first, last + 1, step):
        cells = series.between(start, start + step)
        whole = _one(cells)
        covered = min(start + step, last + series.width) - start
        held = max((number for at, number in stored.items() if at < start + step), default=0)
        points.append(
            {
                "second": start - first,
                "stored": held,
                "per_second": round(whole.count / covered, 1),
                "errors": whole.errors,
                "p50_ms": percentile(whole.times, 0.5),
                "p99_ms": percentile(whole.times, 0.99),
            }
        )
    return {"event": "timeline", "step_seconds": step, "points": points}


def growth(series: Series) -> list[GrowthEvent]:
    """One event per operation for the time in which users were created: p50 and p99 in ms by stored users, and the slope of p50.

    `percent_per_10000` is the increase per 10,000 users relative to the regression line's value for an empty target.
    """
    stored = series.stored()
    most = max(stored.values(), default=0)
    if not most:
        return []
    while_made = [at for at, cells in series.cells.items() if STORES_A_USER in cells]
    width = max(most / BANDS, 1)
    bands: dict[int, list[dict[str, Cell]]] = {}
    for at in while_made:
        bands.setdefault(int(stored[at] / width), []).append(series.cells[at])
    points: dict[str, list[GrowthPoint]] = {}
    for band, parts in sorted(bands.items()):
        for name, cell in added(parts).items():
            if name != THROTTLED and cell.count >= FEWEST_IN_BAND:
                points.setdefault(name, []).append(
                    {
                        "stored": round((band + 0.5) * width),
                        "p50_ms": percentile(cell.times, 0.5),
                        "p99_ms": percentile(cell.times, 0.99),
                    }
                )
    return [
        {"event": "growth", "name": name, "percent_per_10000": _slope(own), "points": own}
        for name, own in sorted(points.items())
        if len(own) > 1
    ]


def spread(series: Series, operation: str) -> float | None:
    """The variation of p50 within a run: half the interquartile range over ten time slices, as a share of the median."""
    seconds = sorted(at for at, cells in series.cells.items() if operation in cells)
    size = max(len(seconds) // BLOCKS, 1)
    medians = []
    for start in range(0, len(seconds), size):
        cells = added(series.cells[at] for at in seconds[start : start + size])
        middle = percentile(cells[operation].times, 0.5)
        if middle is not None and cells[operation].count >= FEWEST_IN_BAND:
            medians.append(middle)
    if len(medians) < FEWEST_BANDS:
        return None
    low, middle, high = statistics.quantiles(medians, n=4)
    return round((high - low) / 2 / middle, 3) if middle else None


def _slope(points: Sequence[GrowthPoint]) -> float | None:
    if len(points) < FEWEST_BANDS or points[-1]["stored"] - points[0]["stored"] < FEWEST_STORED:
        return None
    x = [float(point["stored"]) for point in points]
    y = [
        float(point["p50_ms"] or 0.0) for point in points
    ]  # a band contains requests with responses, so it has a median
    slope, start = statistics.linear_regression(x, y)
    return round(100 * slope * PER_USERS / start, 1) if start > 0 else None


def _one(cells: dict[str, Cell]) -> Cell:
    """The sum of all operations, without waits after 429."""
    whole = Cell()
    for name, cell in cells.items():
        if name != THROTTLED:
            whole.add(cell)
    return whole
