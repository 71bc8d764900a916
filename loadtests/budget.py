"""Budgets: limits as data, judged after a run; what was missed, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

ENTRA_REQUESTS_PER_SECOND = 25


class BadBudget(Exception):
    """The budget file cannot be used; the message says where."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One limit and what was measured."""

    name: str
    limit: float
    measured: float
    ok: bool


def load_budget(path: Path | None) -> dict[str, Any]:
    """The budget of a file, or Entra's; raises BadBudget."""
    try:
        text = path.read_text("utf-8") if path else (files("loadtests") / "budgets" / "default.yaml").read_text("utf-8")
        budget = yaml.safe_load(text)
    except OSError as error:
        raise BadBudget(f"{path}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadBudget(f"{path}:{mark.line + 1 if mark else 1}: not YAML") from None
    if not isinstance(budget, dict):
        raise BadBudget(f"{path}:1: expected a mapping with min_requests_per_second, max_error_rate, operations")
    known = {"name", "min_requests_per_second", "max_error_rate", "operations"}
    for key in budget:
        if key not in known:
            raise BadBudget(f"{path}: {key}: no such key; expected one of {', '.join(sorted(known))}")
    for key in ("min_requests_per_second", "max_error_rate"):
        if key in budget and not _is_number(budget[key]):
            raise BadBudget(f"{path}: {key}: expected a number")
    operations = budget.get("operations", {})
    if not isinstance(operations, dict):
        raise BadBudget(f"{path}: operations: expected a mapping of operation to limits")
    for name, limits in operations.items():
        if not isinstance(limits, dict) or not all(
            key in ("p50_ms", "p95_ms", "p99_ms", "max_ms") and _is_number(limit) for key, limit in limits.items()
        ):
            raise BadBudget(f"{path}: operations.{name}: expected p50_ms, p95_ms, p99_ms or max_ms with numbers")
    return budget


def judge(budget: dict[str, Any], operations: list[dict[str, Any]], seconds: float) -> list[Judgement]:
    """Every limit of the budget against the figures of a run."""
    total = sum(item["count"] for item in operations)
    errors = sum(item["errors"] for item in operations)
    judged = []
    if "min_requests_per_second" in budget:
        rate = total / seconds if seconds else 0.0
        limit = float(budget["min_requests_per_second"])
        judged.append(Judgement("requests per second, at least", limit, round(rate, 1), rate >= limit))
    if "max_error_rate" in budget:
        share = errors / total if total else 1.0
        limit = float(budget["max_error_rate"])
        judged.append(Judgement("error rate, at most", limit, round(share, 4), share <= limit))
    limits = budget.get("operations", {})
    for item in operations:
        for figure, limit in {**limits.get("*", {}), **limits.get(item["name"], {})}.items():
            judged.append(Judgement(f"{item['name']} {figure}", limit, round(item[figure], 1), item[figure] <= limit))
    return judged


def headroom(requests_per_second: float, users: int, seconds: float) -> str:
    """What the pace means against Entra's own demand."""
    times = requests_per_second / ENTRA_REQUESTS_PER_SECOND
    whole = 50_000 * seconds / users / 60 if users else 0.0
    return (
        f"at this pace 50,000 users take {whole:.0f} min; Entra asks for {ENTRA_REQUESTS_PER_SECOND} requests/s: "
        f"{times:.1f} × headroom"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
