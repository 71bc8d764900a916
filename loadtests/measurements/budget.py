"""Budgets: limits as data, judged after a run; what was missed, by how much."""

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
ROOM = 1.05  # an open loop has to ask for a little more than a limit before it can be held to it
OVERALL = {
    "min_requests_per_second": "requests per second, at least",
    "min_users_per_second": "users per second, at least",
    "max_error_rate": "error rate, at most",
    "max_leaver_seconds": "seconds until every leaver is inactive, at most",
}
Figure = Literal["p50_ms", "p95_ms", "p99_ms", "max_ms"]
FIGURES: tuple[Figure, ...] = ("p50_ms", "p95_ms", "p99_ms", "max_ms")
KEYS = ("name", *OVERALL, "operations")

_FOLDER = files("loadtests") / "budgets"


class BadBudget(Exception):
    """The budget file cannot be used; the message says where."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One limit and what was measured; None: it never came about."""

    name: str
    limit: float
    measured: float | None
    ok: bool

    @property
    def missed_by(self) -> float | None:
        """How far beyond the limit, in its unit; None for a limit that was kept and for what never came about."""
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
    """Names that can stand in place of a file."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def load_budget(name: str | None) -> dict[str, Any]:
    """A shipped budget by name, that of a file, or Entra's; raises BadBudget with file, line or key, and what is expected."""
    told = name or DEFAULT
    source = _FOLDER / f"{told}.yaml" if told in shipped_budgets() else Path(told)
    try:
        budget = read_yaml(source.read_text("utf-8"))[0]
    except FileNotFoundError:
        raise BadBudget(f"{told}: no such file, and no budget is called so ({', '.join(shipped_budgets())})") from None
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
    """Every key known, every limit a number, at least one limit: a budget that judges nothing would always hold."""
    for key in budget:
        if key not in KEYS:
            raise BadBudget(f"{told}: {key}: no such key; expected one of {', '.join(KEYS)}")
    for key in OVERALL:
        if key in budget and not _is_limit(budget[key]):
            raise BadBudget(f"{told}: {key}: expected a number from 0 up, got {budget[key]!r}")
    operations = budget.get("operations", {})
    if not isinstance(operations, dict):
        raise BadBudget(f"{told}: operations: expected a mapping of operation to limits")
    for name, limits in operations.items():
        if name != "*" and name not in SUCCESS:
            raise BadBudget(f'{told}: operations.{name}: no such operation; expected "*", {", ".join(SUCCESS)}')
        if not isinstance(limits, dict) or not all(k in FIGURES and _is_limit(v) for k, v in limits.items()):
            raise BadBudget(f"{told}: operations.{name}: expected {', '.join(FIGURES)} with numbers from 0 up")
    if not any(key in budget for key in OVERALL) and not any(operations.values()):
        raise BadBudget(f"{told}: no limit in it; a budget that judges nothing always holds")


def judge(
    budget: dict[str, Any],
    operations: Sequence[OperationFigures],
    seconds: float,
    people: int | None = 0,
    *,
    rate: float = 0.0,
    leaver_seconds: float | None = None,
) -> list[Judgement]:
    """Every limit of the budget against the figures of a run. Answers 429 are waits: they have no limit of their own.

    `people` None: the run was not to create any. `rate`: arrivals a second of an open loop, 0 for a closed one.
    `leaver_seconds` None: nobody left; infinite: somebody is active still.
    """
    answered = [item for item in operations if item["name"] != THROTTLED]
    measured = _overall(answered, seconds, people, leaver_seconds)
    if rate and rate < budget.get("min_requests_per_second", 0.0) * ROOM:
        measured["min_requests_per_second"] = None  # no more was asked of the target
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
    """Limits of an operation come on top of those of `*`."""
    for item in answered:
        for figure, limit in {**limits.get("*", {}), **limits.get(item["name"], {})}.items():
            value = item[figure]
            # No percentile: not one request of this kind was answered, so no limit was kept either.
            ok = value is not None and value <= limit
            shown = None if value is None else round(value, 1)
            yield Judgement(f"{item['name']} {figure}", float(limit), shown, ok)


def _overall(
    answered: Sequence[OperationFigures], seconds: float, people: int | None, leaver_seconds: float | None
) -> dict[str, float | None]:
    """What stands against the limits of the whole run; None: the run was not about this."""
    total, errors = sum(item["count"] for item in answered), sum(item["errors"] for item in answered)
    return {
        "min_requests_per_second": total / seconds if seconds else 0.0,
        "min_users_per_second": None if people is None else people / seconds if seconds else 0.0,
        "max_error_rate": errors / total if total else 1.0,
        "max_leaver_seconds": leaver_seconds,
    }


def headroom(requests_per_second: float, users: int, seconds: float) -> str:
    """What the pace means for a large customer and against Entra's own demand."""
    times = requests_per_second / ENTRA_REQUESTS_PER_SECOND
    demand = f"Entra asks for {ENTRA_REQUESTS_PER_SECOND}/s"
    told = (
        f"you have {times:.1f} × headroom"
        if times >= 1
        else f"you are {1 / times:.1f} × too slow"
        if times
        else "nothing was answered"
    )
    whole = f"your 50,000 users take {_duration(50_000 * seconds / users)}; " if users and seconds else ""
    return f"{whole}{demand}: {told}"


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _is_limit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
