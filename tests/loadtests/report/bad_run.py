"""The events of a run with everything in it: missed limits, errors, a lost worker, a wrong end state."""

from __future__ import annotations

from typing import Any

STRANGE = '<b>"Ann"</b>\x00'


def operation(name: str, **changed: Any) -> dict[str, Any]:
    figures = {"count": 100, "errors": 0, "per_second": 9.5, "p50_ms": 2.5, "p95_ms": 4.0, "p99_ms": 8.0, "max_ms": 9.0}
    return {"event": "operation", "name": name, **figures, "spread": 0.1, **changed}


def bad_run() -> list[dict[str, Any]]:
    settings = {"scenario": "leavers", "users": 100, "rate": 50.0, "workers": 1}
    points = [
        {"second": at, "stored": at * 10, "per_second": 9.0, "errors": 0, "p50_ms": 2.0 + at, "p99_ms": 8.0}
        for at in range(4)
    ]
    ratio = {"was_ms": 1.0, "now_ms": 2.5, "ratio": 2.5, "low": 2.0, "high": 3.12, "verdict": "slower"}
    limit = {"name": "create user p99_ms", "limit": 5.0, "measured": 8.0, "ok": False, "missed_by": 3.0}
    never = {"name": "last leaver", "limit": 60.0, "measured": None, "ok": False, "missed_by": None}
    found = {"kind": "value", "person": STRANGE, "attribute": "title", "expected": "a", "found": "b"}
    step = {"rate": 50.0, "achieved": 30.0, "p99_ms": 8.0, "generator_share": 0.95, "held": False}
    return [
        {"event": "run", "format": 1, "tool": "load", "seed": 1, "target": {"url": "http://t"}, "settings": settings},
        operation("create user"),
        operation("match user", p50_ms=None, p95_ms=None, p99_ms=None, max_ms=None),
        {"event": "error", "name": "create user: 409 uniqueness", "count": 7},
        {"event": "budget", **limit},
        {"event": "budget", **never},
        {"event": "budget", **limit, "name": "match user p99_ms", "ok": True, "missed_by": None},
        {"event": "timeline", "step_seconds": 1, "points": points},
        {"event": "growth", "name": "create user", "percent_per_10000": 3.0, "points": points},
        {"event": "baseline_settings", "differ": ["workers"]},
        {"event": "baseline", "name": "create user", **ratio},
        {"event": "verified", "people": 99, "groups": 4, "total": 1, "differences": [found]},
        {"event": "step", **step, "because": ["only 30/s were answered"]},
        {"event": "knee", "rate": None, "broke_at": 50.0, "because": ["only 30/s were answered"]},
        {"event": "end", "verdict": "Two limits.", "exit_code": 1, "summary": summary()},
    ]


def summary() -> dict[str, Any]:
    return {
        "requests": 200,
        "seconds": 10.0,
        "requests_per_second": 20.0,
        "users_per_second": None,
        "pace": "Entra asks for 25/s: you are 1.2 × too slow",
        "throttled": 3,
        "leavers": 10,
        "leaver_seconds": None,
        "leavers_still_active": 2,
        "generator_share": 0.95,
        "generator_was_the_limit": True,
        "workers_lost": 1,
    }
