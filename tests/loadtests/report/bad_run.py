"""The events of a run with everything in it: missed limits, errors, a lost worker, a wrong end state."""

from __future__ import annotations

from simulator.stream.events import (
    BaselineEvent,
    BudgetEvent,
    DifferenceFacts,
    GrowthEvent,
    GrowthPoint,
    LoadEvent,
    LoadRunEvent,
    LoadSettings,
    LoadSummary,
    LoadVerifiedEvent,
    OperationEvent,
    StepEvent,
    TimelinePoint,
)

STRANGE = '<b>"Ann"</b>\x00'


def bad_run() -> list[LoadEvent]:
    limit = budget("create user p99_ms", 5.0, 8.0, missed_by=3.0)
    difference = DifferenceFacts(kind="value", person=STRANGE, attribute="title", expected="a", found="b")
    because = ["only 30/s were answered"]
    return [
        header(),
        operation("create user", 2.5),
        operation("match user", None),
        {"event": "error", "name": "create user: 409 uniqueness", "count": 7},
        limit,
        budget("last leaver", 60.0, None, missed_by=None),
        {**limit, "name": "match user p99_ms", "ok": True, "missed_by": None},
        {"event": "timeline", "step_seconds": 1, "points": [moment(at) for at in range(4)]},
        growth("create user"),
        {"event": "baseline_settings", "differ": ["workers"]},
        slower("create user"),
        verified(difference),
        broken_step(because),
        {"event": "knee", "rate": None, "broke_at": 50.0, "because": because},
        {"event": "end", "verdict": "Two limits.", "exit_code": 1, "summary": summary()},
    ]


def header() -> LoadRunEvent:
    settings = LoadSettings(
        scenario="leavers", users=100, concurrency=8, workers=1, rate=50.0, seconds=60.0, warm_up=0.0
    )
    return {
        "event": "run",
        "format": 1,
        "tool": "load",
        "seed": 1,
        "target": {"url": "http://t", "embedded": False},
        "settings": settings,
    }


def operation(name: str, p50_ms: float | None) -> OperationEvent:
    """An operation; without a median it was never answered."""
    answered = p50_ms is not None
    return {
        "event": "operation",
        "name": name,
        "count": 100,
        "errors": 0,
        "per_second": 9.5,
        "p50_ms": p50_ms,
        "p95_ms": 4.0 if answered else None,
        "p99_ms": 8.0 if answered else None,
        "max_ms": 9.0 if answered else None,
        "spread": 0.1,
    }


def budget(name: str, limit: float, measured: float | None, missed_by: float | None) -> BudgetEvent:
    return {
        "event": "budget",
        "name": name,
        "limit": limit,
        "measured": measured,
        "ok": False,
        "missed_by": missed_by,
    }


def moment(second: int) -> TimelinePoint:
    return {
        "second": second,
        "stored": second * 10,
        "per_second": 9.0,
        "errors": 0,
        "p50_ms": 2.0 + second,
        "p99_ms": 8.0,
    }


def growth(name: str) -> GrowthEvent:
    points = [GrowthPoint(stored=at * 10, p50_ms=2.0 + at, p99_ms=8.0) for at in range(4)]
    return {"event": "growth", "name": name, "percent_per_10000": 3.0, "points": points}


def slower(name: str) -> BaselineEvent:
    return {
        "event": "baseline",
        "name": name,
        "was_ms": 1.0,
        "now_ms": 2.5,
        "ratio": 2.5,
        "low": 2.0,
        "high": 3.12,
        "verdict": "slower",
    }


def verified(difference: DifferenceFacts) -> LoadVerifiedEvent:
    return {
        "event": "verified",
        "cycle": 1,
        "converged": False,
        "people": 99,
        "groups": 4,
        "total": 1,
        "differences": [difference],
    }


def broken_step(because: list[str]) -> StepEvent:
    return {
        "event": "step",
        "rate": 50.0,
        "achieved": 30.0,
        "p99_ms": 8.0,
        "generator_share": 0.95,
        "held": False,
        "because": because,
    }


def summary() -> LoadSummary:
    return {
        "requests": 200,
        "seconds": 10.0,
        "requests_per_second": 20.0,
        "users_per_second": None,
        "pace": "Entra ID requires 25 requests/s, and the target handled only 83% of this rate",
        "differences": 1,
        "throttled": 3,
        "leavers": 10,
        "leaver_seconds": None,
        "leavers_still_active": 2,
        "generator_share": 0.95,
        "generator_was_the_limit": True,
        "workers_lost": 1,
    }
