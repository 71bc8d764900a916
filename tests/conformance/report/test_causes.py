"""Causes: failures with the same first difference are one finding, sorted by severity."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance.report.causes import causes_of, shape
from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import BASE, ID, broken_patch, check, exchange, run, shown


def test_one_missing_attribute_in_many_checks_is_one_cause() -> None:
    many = [
        check(
            f"test_{n}",
            "FAIL",
            requirement=("RFC7643-3.1-10", "RFC7644-3.3-01")[n % 2],
            message=f"meta.location of scimulator-check-1a2b-{n} is missing",
            expected=f"{BASE}/Users/{n:08x}-7f76-453a-919d-413861904646",
            got="null",
        )
        for n in range(23)
    ]
    causes = causes_of(run(*many))
    assert [len(cause.places) for cause in causes] == [23]


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "another message", "got": "201"},
        {"verdict": "WARN"},
        {"expected": "true", "got": "null"},
        {"got": "500"},
        {"expected": "409"},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_another_finding_is_another_cause(changes: dict[str, Any]) -> None:
    base = {"expected": "200", "got": "404", "verdict": "FAIL", "level": "refusal"}
    events = run(check("test_a", **base), check("test_b", **(base | changes)))
    assert len(causes_of(events)) == 2


def test_each_rule_and_situation_that_a_client_fails_is_a_cause_of_its_own() -> None:
    told = {"message": "The client ended with an error.", "expected": "exit code 0", "got": "exit code 1"}
    names = ("no-filter", "location-only")
    events = [check(name, "WARN", profile="situations", fix=f"Fix {name}.", **told) for name in names]
    causes = causes_of(run(*events, client="-- run.sh"))
    assert sorted((cause.headline, cause.fix) for cause in causes) == [
        ("location-only does what it says.", "Fix location-only."),
        ("no-filter does what it says.", "Fix no-filter."),
    ]


def test_server_errors_are_one_cause_that_names_each_kind_of_request() -> None:
    told = {"expected": "200 or 204", "message": "unexpected status"}
    events = run(
        exchange(1, "PATCH", f"/Users/{ID}", 500, sent={}),
        exchange(2, "PATCH", "/Users/77", 500, sent={}),
        exchange(3, "PUT", f"/Users/{ID}", 500, sent={}),
        *(check(f"test_{n}", "FAIL", exchanges=[n], got=f"500 (request {n * 1234} failed)", **told) for n in (1, 2, 3)),
    )
    (cause,) = causes_of(events)
    assert cause.headline == "The server returns 500 for PATCH /Users/{id}, PUT /Users/{id}."


def test_a_bare_status_is_one_cause_for_each_kind_of_request() -> None:
    told = {"expected": "200 or 204", "message": "another status than expected"}
    events = run(
        exchange(1, "PATCH", f"/Users/{ID}", 418, sent={}),
        exchange(2, "PATCH", "/Users/77", 418, sent={}),
        exchange(3, "PUT", f"/Users/{ID}", 418, sent={}),
        *(check(f"test_{n}", "FAIL", exchanges=[n], got=f"418 (request {n * 1234} failed)", **told) for n in (1, 2, 3)),
    )
    assert sorted(len(cause.places) for cause in causes_of(events)) == [1, 2]


def test_causes_are_sorted_lie_rejection_cosmetic_undecided_warning() -> None:
    kinds = [("WARN", "lie"), ("UNDECIDED", None), ("FAIL", "cosmetic"), ("FAIL", "refusal"), ("FAIL", "lie")]
    events = run(*(check(f"test_{n}", verdict, level=level) for n, (verdict, level) in enumerate(kinds)))
    assert [(cause.verdict, cause.level) for cause in causes_of(events)] == list(reversed(kinds))


def test_wide_causes_come_before_narrow_ones() -> None:
    events = run(check("test_a", "FAIL"), *(check(f"test_{n}", "FAIL", message="wide") for n in range(3)))
    assert [len(cause.places) for cause in causes_of(events)] == [3, 1]


def test_the_order_of_threads_does_not_show() -> None:
    events = run(*broken_patch(), *(check(f"test_{n}", ("PASS", "FAIL", "WARN")[n % 3]) for n in range(30)))
    mixed = events[3:-3]
    random.Random(7).shuffle(mixed)
    other = [*events[:3], *mixed, *events[-3:]]
    for form in ("json", "junit", "markdown", "sarif", "badge"):
        assert FORMATS[form](events) == FORMATS[form](other), form
    assert shown(events) == shown(other)


def test_shapes_keep_statuses_and_drop_chance() -> None:
    assert (
        shape("500 after 1234 ms at 2026-11-25T01:00:00Z for 2819c223-7f76-453a-919d-413861904646")
        == "500 after ‹n› ms at ‹time› for ‹id›"
    )
    assert shape("scimulator-check-ab12-00ff-3@check.example is not at https://h:1/x") == "‹name› is not at ‹url›"
