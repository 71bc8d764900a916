"""Comparison with earlier runs: a difference is reported only if there is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loadtests.measurements.baseline import (
    FASTER,
    NO_DIFFERENCE,
    SLOWER,
    TOO_FEW,
    BadBaseline,
    compare,
    other_settings,
    read_baseline,
)
from simulator.stream.events import OperationEvent


def operation(p50_ms: float | None, count: int = 100, spread: float | None = None) -> OperationEvent:
    return {
        "event": "operation",
        "name": "create user",
        "count": count,
        "errors": 0,
        "p50_ms": p50_ms,
        "p95_ms": p50_ms,
        "p99_ms": p50_ms,
        "max_ms": p50_ms,
        "per_second": 10.0,
        "spread": spread,
    }


def verdict(now: OperationEvent, *past: OperationEvent) -> str:
    (row,) = compare([now], [{"operations": [item]} for item in past])
    return row["verdict"]


CASES: list[tuple[str, OperationEvent, list[OperationEvent], str]] = [
    ("the same", operation(10.0), [operation(10.0)], NO_DIFFERENCE),
    ("within what one run can tell", operation(12.4), [operation(10.0)], NO_DIFFERENCE),
    ("slower than one run", operation(12.6), [operation(10.0)], SLOWER),
    ("faster than one run", operation(7.9), [operation(10.0)], FASTER),
    ("slower than three that agree", operation(11.2), [operation(10.0)] * 3, SLOWER),
    ("within the range of three", operation(12.0), [operation(x) for x in (8.0, 10.0, 12.0)], NO_DIFFERENCE),
    ("within a restless run", operation(14.0), [operation(10.0, spread=0.5)], NO_DIFFERENCE),
    ("too few now", operation(50.0, count=19), [operation(10.0)], TOO_FEW),
    ("too few then", operation(50.0), [operation(10.0, count=19)], TOO_FEW),
    ("never answered now", operation(None), [operation(10.0)], TOO_FEW),
    ("never answered then", operation(10.0), [operation(None)], TOO_FEW),
]


@pytest.mark.parametrize(("now", "past", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_run_is_held_against_earlier_ones(now: OperationEvent, past: list[OperationEvent], wanted: str) -> None:
    assert verdict(now, *past) == wanted


def test_a_comparison_tells_ratio_and_spread() -> None:
    (row,) = compare([operation(30.0)], [{"operations": [operation(10.0)]}])
    assert (row["was_ms"], row["now_ms"], row["ratio"], row["low"], row["high"]) == (10.0, 30.0, 3.0, 2.4, 3.75)


def test_operations_of_only_one_run_are_not_compared() -> None:
    assert compare([{**operation(1.0), "name": "read user"}], [{"operations": [operation(10.0)]}]) == []


def test_other_settings_are_reported() -> None:
    now = {"users": 100, "workers": 1}
    assert other_settings(now, [{"settings": {"users": 100, "workers": 2}}, {"settings": now}]) == ["workers"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no such file"),
        ("<html>", "not JSON"),
        ("[]", "operations: expected a report of"),
        ("{}", "operations: expected"),
        (json.dumps({"operations": [{"name": 1}]}), "operations: expected"),
    ],
)
def test_what_is_no_earlier_run_is_rejected(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "past.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadBaseline, match=words):
        read_baseline(path)
