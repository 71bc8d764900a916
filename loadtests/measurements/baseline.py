"""Compares a run with earlier runs: the ratio per operation with its bounds, and whether the difference is significant."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from loadtests.scenarios.operations import THROTTLED
from simulator.guard.json_text import read_json
from simulator.stream.events import BaselineEvent, ComparisonVerdict, OperationEvent

ENOUGH_RUNS = 3  # with this many earlier runs, their own range shows the normal variation
NOISE, UNKNOWN_NOISE = 0.10, 0.25  # minimum assumed variation, with enough earlier runs and with fewer
FEWEST_REQUESTS = 20
SLOWER: Final = "slower"
FASTER: Final = "faster"
NO_DIFFERENCE: Final = "no difference shown"
TOO_FEW: Final = "too few requests"


class BadBaseline(Exception):
    """The file is not the report of an earlier run. The message is the reason."""


def read_baseline(path: Path) -> dict[str, Any]:
    """Read the `--json` report of an earlier run. Raises BadBaseline."""
    try:
        value = read_json(path.read_bytes())
    except FileNotFoundError:
        raise BadBaseline(f"{path}: no such file") from None
    except OSError as error:
        raise BadBaseline(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise BadBaseline(f"{path}: {error}; expected a report of `load --json`") from None
    operations = value.get("operations") if isinstance(value, dict) else None
    if not isinstance(operations, list) or not all(map(_is_operation, operations)):
        raise BadBaseline(f"{path}: operations: expected a report of `load --json`")
    return dict(value)


def _is_operation(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("count"), int)


def compare(operations: Sequence[OperationEvent], earlier: Sequence[dict[str, Any]]) -> list[BaselineEvent]:
    """One event per operation that occurs in this run and in an earlier one. `earlier` are reports of `load --json`.

    Several earlier runs are represented by their median, and by their range if it exceeds the variation within a run.
    """
    found = []
    for now in operations:
        past = [item for run in earlier for item in run["operations"] if item["name"] == now["name"]]
        if now["name"] != THROTTLED and past:
            found.append(_one(now, past))
    return found


def other_settings(now: Mapping[str, object], earlier: Sequence[dict[str, Any]]) -> list[str]:
    """The settings that differ between the runs, which makes a comparison less meaningful."""
    names = sorted(now)
    return [name for name in names if any(run.get("settings", {}).get(name) != now[name] for run in earlier)]


def _one(now: OperationEvent, past: Sequence[dict[str, Any]]) -> BaselineEvent:
    times = [float(item["p50_ms"]) for item in past if item.get("p50_ms") is not None]
    mine = now["p50_ms"]
    was = statistics.median(times) if times else 0.0
    if not was or mine is None or min(now["count"], *(item["count"] for item in past)) < FEWEST_REQUESTS:
        return {
            "event": "baseline",
            "name": now["name"],
            "was_ms": was,
            "now_ms": mine,
            "ratio": None,
            "low": None,
            "high": None,
            "verdict": TOO_FEW,
        }
    among = (max(times) - min(times)) / 2 / was
    within = statistics.median([float(item.get("spread") or 0.0) for item in past])
    least = NOISE if len(times) >= ENOUGH_RUNS else UNKNOWN_NOISE
    noise = max(least, math.hypot(float(now.get("spread") or 0.0), max(among, within)))
    ratio = mine / was
    low, high = ratio / (1 + noise), ratio * (1 + noise)
    verdict: ComparisonVerdict = SLOWER if low > 1 else FASTER if high < 1 else NO_DIFFERENCE
    return {
        "event": "baseline",
        "name": now["name"],
        "was_ms": round(was, 2),
        "now_ms": mine,
        "ratio": round(ratio, 2),
        "low": round(low, 2),
        "high": round(high, 2),
        "verdict": verdict,
    }
