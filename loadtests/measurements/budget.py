"""Budgets: limits that are judged after a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from loadtests.measurements.time_series import OperationFigures
from loadtests.scenarios.operations import SUCCESS, THROTTLED
from simulator.guard.yaml_text import BadYaml, read_yaml
from simulator.stream.events import BudgetEvent

ENTRA_REQUESTS_PER_SECOND = 25
DEFAULT = "entra"
ROOM = 1.05  # an open loop must request a little more than the limit for the limit to be judged
OVERALL = {
    "min_requests_per_second": "requests per second (minimum)",
    "min_users_per_second": "users per second (minimum)",
    "max_error_rate": "error rate (maximum)",
    "max_leaver_seconds": "seconds until all leavers are inactive (maximum)",
}
Figure = Literal["p50_ms", "p95_ms", "p99_ms", "max_ms"]
FIGURES: tuple[Figure, ...] = ("p50_ms", "p95_ms", "p99_ms", "max_ms")
KEYS = ("name", *OVERALL, "operations")

_FOLDER = files("loadtests") / "budgets"


class BadBudget(Exception):
    """The budget file is not valid. The message names the place."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One limit and the measured value; None: there was nothing to measure."""

    name: str
    limit: float
    measured: float | None
    ok: bool

    @property
    def missed_by(self) -> float | None:
        """How far the value is beyond the limit, in its unit; None for a limit that is met and for a missing value."""
        return None if self.ok or self.measured is None else round(abs(self.measured - self.limit), 4)

    def to_event(self) -> BudgetEvent:
        return {
            "event": "budget",
            "name": self.name,
            "limit": self.limit,
            "measured": self.measured,
            "ok": self.ok,
            "missed_by": self.missed_by,
        }


def shipped_budgets() -> list[str]:
    """The names of the built-in budgets."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def load_budget(name: str | None) -> dict[str, Any]:
    """Load a built-in budget by name or a budget file. None loads Entra's budget. Raises BadBudget."""
    told = name or DEFAULT
    source = _FOLDER / f"{told}.yaml" if told in shipped_budgets() else Path(told)
    try:
        budget = read_yaml(source.read_text("utf-8"))[0]
    except FileNotFoundError:
        raise BadBudget(f"{told}: no such file or built-in budget ({', '.join(shipped_budgets())})") from None
    except OSError as error:
        raise BadBudget(f"{told}: {error.strerror or error}") from None
    except BadYaml as error:
        raise BadBudget(f"{told}:{error.line}: {error}") from None
    except UnicodeDecodeError:
        raise BadBudget(f"{told}: not UTF-8 text") from None
    if not isinstance(budget, dict):
        raise BadBudget(f"{told}:1: expected a mapping with {', '.join(KEYS)}")
    _check(told, budget)
    return budget


def _check(told: str, budget: dict[str, Any]) -> None:
    """Check that keys are known, limits are numbers, and there is at least one limit. An empty budget would always pass."""
    for key in budget:
        if key not in KEYS:
            raise BadBudget(f"{told}: {key}: unknown key; expected one of {', '.join(KEYS)}")
    for key in OVERALL:
        if key in budget and not _is_limit(budget[key]):
            raise BadBudget(f"{told}: {key}: expected a number of at least 0, got {budget[key]!r}")
    operations = budget.get("operations", {})
    if not isinstance(operations, dict):
        raise BadBudget(f"{told}: operations: expected a mapping of operation to limits")
    for name, limits in operations.items():
        if name != "*" and name not in SUCCESS:
            raise BadBudget(f'{told}: operations.{name}: unknown operation; expected "*", {", ".join(SUCCESS)}')
        if not isinstance(limits, dict) or not all(k in FIGURES and _is_limit(v) for k, v in limits.items()):
            raise BadBudget(f"{told}: operations.{name}: expected {', '.join(FIGURES)} with numbers of at least 0")
    if not any(key in budget for key in OVERALL) and not any(operations.values()):
        raise BadBudget(f"{told}: expected at least one limit")


def judge(
    budget: dict[str, Any],
    operations: Sequence[OperationFigures],
    seconds: float,
    people: int | None = 0,
    *,
    rate: float = 0.0,
    leaver_seconds: float | None = None,
) -> list[Judgement]:
    """Judge every limit of the budget by the results of a run. Responses 429 count as waits, which have no limit.

    `people` None: the run does not create users. `rate`: arrivals per second of an open loop, 0 for a closed loop.
    `leaver_seconds` None: no one left; infinite: a leaver is still active.
    """
    answered = [item for item in operations if item["name"] != THROTTLED]
    measured = _overall(answered, seconds, people, leaver_seconds)
    if rate and rate < budget.get("min_requests_per_second", 0.0) * ROOM:
        measured["min_requests_per_second"] = None  # the requested rate is too low to judge this limit
    return [*_judged_overall(budget, measured), *_judged_operations(budget.get("operations", {}), answered)]


def _judged_overall(budget: dict[str, Any], measured: dict[str, float | None]) -> Iterator[Judgement]:
    for key, told in OVERALL.items():
        value = measured[key]
        if key in budget and value is not None:
            limit = float(budget[key])
            ok = value >= limit if key.startswith("min_") else value <= limit
            yield Judgement(told, limit, round(value, 4) if math.isfinite(value) else None, ok)


def _judged_operations(
    limits: dict[str, dict[Figure, float]], answered: Sequence[OperationFigures]
) -> Iterator[Judgement]:
    """Judge the limits of operations. An operation's own limits override those of `*`."""
    for item in answered:
        for figure, limit in {**limits.get("*", {}), **limits.get(item["name"], {})}.items():
            value = item[figure]
            # Without a percentile, no request of this kind got a response, so the limit is missed.
            ok = value is not None and value <= limit
            shown = None if value is None else round(value, 1)
            yield Judgement(f"{item['name']} {figure}", float(limit), shown, ok)


def _overall(
    answered: Sequence[OperationFigures], seconds: float, people: int | None, leaver_seconds: float | None
) -> dict[str, float | None]:
    """The measured values for the limits of the whole run; None: not applicable to this run."""
    total, errors = sum(item["count"] for item in answered), sum(item["errors"] for item in answered)
    return {
        "min_requests_per_second": total / seconds if seconds else 0.0,
        "min_users_per_second": None if people is None else people / seconds if seconds else 0.0,
        "max_error_rate": errors / total if total else 1.0,
        "max_leaver_seconds": leaver_seconds,
    }


def headroom(requests_per_second: float, users: int, seconds: float) -> str:
    """The throughput in words: the time for 50,000 users, and a comparison with the rate that Entra ID requires."""
    times = requests_per_second / ENTRA_REQUESTS_PER_SECOND
    if not times:
        return f"no request got a response; Entra ID requires {ENTRA_REQUESTS_PER_SECOND} requests/s"
    share = f"{times:.1f} times" if times >= 1 else f"only {times:.0%} of"
    whole = f"50,000 users would take {_duration(50_000 * seconds / users)}; " if users and seconds else ""
    return f"{whole}{share} the {ENTRA_REQUESTS_PER_SECOND} requests/s that Entra ID requires"


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _is_limit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
