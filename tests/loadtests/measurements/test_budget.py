"""Budgets: read or refused with place and expectation, judged limit by limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests.measurements.budget import BadBudget, headroom, judge, load_budget, shipped_budgets
from loadtests.measurements.time_series import OperationFigures
from loadtests.scenarios.operations import THROTTLED


def figures(
    name: str, count: int = 100, errors: int = 0, p99_ms: float = 40, max_ms: float | None = 90.0
) -> OperationFigures:
    return {
        "name": name,
        "count": count,
        "errors": errors,
        "p50_ms": 5,
        "p95_ms": 20,
        "p99_ms": p99_ms,
        "max_ms": max_ms,
    }


def missed(budget: dict[str, Any], *operations: OperationFigures, seconds: float = 1.0, people: int = 0) -> list[str]:
    return [item.name for item in judge(budget, list(operations), seconds, people) if not item.ok]


@pytest.mark.parametrize("name", shipped_budgets())
def test_shipped_budgets_can_be_used_and_say_their_name(name: str) -> None:
    assert load_budget(name)["name"] == name


def test_without_a_name_the_budget_is_what_entra_asks_for() -> None:
    assert load_budget(None) == load_budget("entra")
    assert load_budget(None)["min_requests_per_second"] == 25


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("max_error_rate: 0.01\noperations:\n  create user: {p95_ms: 80}\n")
    assert load_budget(str(path)) == {"max_error_rate": 0.01, "operations": {"create user": {"p95_ms": 80}}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", ":1: expected a mapping with"),
        ("", ":1: expected a mapping with"),
        ("name: x\n  y: [", ":2: not YAML"),
        ("speed: 9", "speed: unknown key; expected one of name, min_requests_per_second"),
        ("max_error_rate: none", "max_error_rate: expected a number of at least 0, got 'none'"),
        ("max_error_rate: true", "max_error_rate: expected a number"),
        ("max_error_rate: .nan", "max_error_rate: expected a number"),
        ("min_users_per_second: -1", "min_users_per_second: expected a number of at least 0, got -1"),
        ("operations: [create user]", "operations: expected a mapping of operation to limits"),
        ("operations: {creat user: {p99_ms: 1}}", 'operations.creat user: unknown operation; expected "*", probe user'),
        ("operations: {create user: {p98_ms: 1}}", "operations.create user: expected p50_ms, p95_ms"),
        ("operations: {create user: 5}", "operations.create user: expected p50_ms, p95_ms"),
        ("operations: {create user: {p99_ms: fast}}", "operations.create user: expected"),
        ("name: nothing", "expected at least one limit"),
        ("operations: {create user: {}}", "expected at least one limit"),
        ("{}", "expected at least one limit"),
    ],
)
def test_a_budget_that_cannot_be_used_is_rejected_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(BadBudget) as refused:
        load_budget(str(path))
    assert str(refused.value).startswith(str(path))
    assert words in str(refused.value)


def test_what_is_no_text_or_not_there_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadBudget, match="not UTF-8"):
        load_budget(str(tmp_path / "binary.yaml"))
    with pytest.raises(BadBudget, match=r"no such file or built-in budget \(entra, reference\)"):
        load_budget("nonsense")
    with pytest.raises(BadBudget, match="directory"):
        load_budget(str(tmp_path))


@pytest.mark.parametrize(
    ("budget", "operation", "seconds", "names"),
    [
        ({"min_requests_per_second": 100}, figures("create user"), 1.0, []),
        ({"min_requests_per_second": 100}, figures("create user"), 1.01, ["requests per second (minimum)"]),
        ({"max_error_rate": 0.0}, figures("create user"), 1.0, []),
        ({"max_error_rate": 0.0}, figures("create user", errors=1), 1.0, ["error rate (maximum)"]),
        ({"max_error_rate": 0.01}, figures("create user", errors=1), 1.0, []),
        ({"operations": {"*": {"p99_ms": 40}}}, figures("create user"), 1.0, []),
        ({"operations": {"*": {"p99_ms": 39.9}}}, figures("create user"), 1.0, ["create user p99_ms"]),
        ({"operations": {"create user": {"p50_ms": 4}}}, figures("create user"), 1.0, ["create user p50_ms"]),
        ({"operations": {"create user": {"p50_ms": 4}}}, figures("match user"), 1.0, []),
        ({"operations": {"*": {"max_ms": 1000}}}, figures("create user", max_ms=None), 1.0, ["create user max_ms"]),
    ],
)
def test_a_limit_is_kept_or_missed(
    budget: dict[str, Any], operation: OperationFigures, seconds: float, names: list[str]
) -> None:
    assert missed(budget, operation, seconds=seconds) == names


def test_a_limit_of_one_operation_goes_before_that_of_all() -> None:
    budget = {"operations": {"*": {"p99_ms": 10}, "create user": {"p99_ms": 50}}}
    assert missed(budget, figures("create user"), figures("match user")) == ["match user p99_ms"]


def test_users_per_second_are_people_not_requests() -> None:
    assert missed({"min_users_per_second": 50}, figures("create user"), people=50) == []
    assert missed({"min_users_per_second": 50}, figures("create user"), people=49) == ["users per second (minimum)"]


def test_users_per_second_have_no_limit_where_no_one_was_to_be_created() -> None:
    assert judge({"min_users_per_second": 50}, [figures("read user")], 1.0, None) == []


@pytest.mark.parametrize(("rate", "names"), [(25.0, []), (30.0, ["requests per second (minimum)"])])
def test_a_target_is_held_to_no_more_requests_than_were_sent_to_it(rate: float, names: list[str]) -> None:
    judged = judge({"min_requests_per_second": 25}, [figures("read user", count=24)], 1.0, rate=rate)
    assert [item.name for item in judged if not item.ok] == names


@pytest.mark.parametrize(("slowest", "ok"), [(None, None), (59.9, True), (60.1, False), (float("inf"), False)], ids=str)
def test_the_last_leaver_has_a_limit(slowest: float | None, ok: bool | None) -> None:
    judged = judge({"max_leaver_seconds": 60}, [figures("disable user")], 1.0, leaver_seconds=slowest)
    assert [item.ok for item in judged] == ([] if ok is None else [ok])


def test_a_missed_limit_says_by_how_much() -> None:
    budget = {"min_requests_per_second": 130, "max_leaver_seconds": 60, "operations": {"*": {"p99_ms": 40}}}
    judged = judge(budget, [figures("disable user", p99_ms=55)], 1.0, leaver_seconds=float("inf"))
    assert [item.missed_by for item in judged] == [30.0, None, 15.0]
    assert [item.missed_by for item in judge(budget, [figures("disable user", count=130)], 1.0)] == [None, None]


def test_waiting_after_429_counts_neither_as_work_nor_as_an_error() -> None:
    budget = {"min_requests_per_second": 101, "max_error_rate": 0, "operations": {"*": {"p99_ms": 100}}}
    waits = figures(THROTTLED, p99_ms=5000)
    assert missed(budget, figures("create user"), waits) == ["requests per second (minimum)"]


def test_nothing_answered_holds_no_budget() -> None:
    assert missed({"max_error_rate": 0.5}) == ["error rate (maximum)"]


@pytest.mark.parametrize(
    ("rate", "users", "seconds", "words"),
    [
        (
            155.0,
            1000,
            49.2,
            "50,000 users would take 41 min; 6.2 times the 25 requests/s that Entra ID requires",
        ),
        (
            25.0,
            1000,
            1.0,
            "50,000 users would take 50 s; 1.0 times the 25 requests/s that Entra ID requires",
        ),
        (
            5.0,
            10,
            20.0,
            "50,000 users would take 27.8 h; only 20% of the 25 requests/s that Entra ID requires",
        ),
        (0.0, 0, 0.0, "no request got a response; Entra ID requires 25 requests/s"),
    ],
)
def test_the_pace_is_reported_in_words(rate: float, users: int, seconds: float, words: str) -> None:
    assert headroom(rate, users, seconds) == words
