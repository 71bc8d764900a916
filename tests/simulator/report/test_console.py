"""The console shows each failure once, with what was expected and found, and a summary with one figure on each line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from simulator.report.console import MAX_FAILURES, ConsoleReport, summary_lines
from tests.simulator.report.made_up_log import AT, SUMMARY, cycle, end, exchange, failure, run


def shown(*events: Any, ended: Any = None) -> str:
    out = io.StringIO()
    console = ConsoleReport(out)
    for event in run(*events, ended=ended or end(exit_code=1)):
        console(event)
    console.finish()
    return out.getvalue()


def difference(person: str = "Anna Smith", **changed: Any) -> dict[str, Any]:
    found = {"kind": "value", "person": person, "attribute": "title", "expected": "'Lead'", "found": "'Clerk'"}
    found["request"] = "#4 PATCH /Users/u1 → 500, cycle 1"
    return {
        "event": "verified", "cycle": 1, "at": AT, "extent": "whole", "converged": False, "people": 3, "groups": 1,
        "differences": [{**found, **changed}],
    }  # fmt: skip


def expectation(**changed: Any) -> dict[str, Any]:
    made = {"event": "expectation", "at": AT, "since": AT, "person": "p-1", "text": "anna is inactive", "held": False}
    return {**made, "found": "anna is active", **changed}


def test_a_difference_has_person_attribute_and_the_request_that_should_have_made_it_right() -> None:
    assert shown(difference()) == (
        "  ✘ 2026-03-02T09:05 cycle 1: Anna Smith: title\n"
        "      expected  'Lead'\n"
        "      found     'Clerk'\n"
        "      last sent #4 PATCH /Users/u1 → 500, cycle 1\n"
    )


def test_an_expectation_that_did_not_hold_shows_what_was_found() -> None:
    assert shown(expectation(), expectation(held=True, text="anna exists")) == (
        "  ✘ 2026-03-02T09:05 expected: anna is inactive\n      found     anna is active\n"
    )


def test_the_same_failure_of_many_people_is_shown_once_with_its_number() -> None:
    assert shown(*[failure(person=f"p-{number}") for number in range(30)]) == (
        "  ✘ 2026-03-02T09:05 cycle 1: SystemForCrossDomainIdentityManagementBadRequest: create user: answered 400 (no)\n"
        "      and 29 more like it\n"
    )


def test_only_the_first_failures_are_shown_and_the_others_counted() -> None:
    text = shown(*[difference(f"P{number}") for number in range(MAX_FAILURES + 3)])
    assert text.count("✘") == MAX_FAILURES
    assert text.endswith("    and 3 more in the report\n")


def test_a_run_that_passed_shows_no_failures() -> None:
    assert shown(failure(), ended=end(exit_code=0)) == ""


def test_progress_is_a_line_for_each_phase_and_one_a_second_for_cycles() -> None:
    start = {"event": "phase", "name": "live", "state": "start", "detail": "3 days"}
    text = shown(start, exchange(1), *[cycle(number) for number in range(1, 500)], {**start, "state": "end"})
    assert text.startswith("  live       3 days\n")
    assert text.count("\n") <= 5
    assert "\x1b" not in text  # not a terminal


@pytest.mark.parametrize("words", ["new\nline", "\x1b[31mred", "\u202eright to left"])
def test_responses_cannot_control_the_terminal(words: str) -> None:
    text = shown(
        failure(reason=words), difference(words, expected=words, found="x", request=words), expectation(found=words)
    )
    assert all(line.isprintable() for line in text.splitlines())
    assert text.count("\n") == 7


def test_the_summary_has_a_line_for_each_figure() -> None:
    assert summary_lines(SUMMARY) == [
        "  people                      3 at the start, 1 groups at the end",
        "  joiners / movers / leavers  1 / 2 / 3",
        "  group changes               4",
        "  requests                    4   (abcd)",
        "    create user               1",
        "    match user                3",
        "  converged                   yes, 2 of 2 cycles",
    ]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"differences": 2, "cycles_converged": 1}, "converged                   no, 1 of 2 cycles"),
        ({"cycles": 0, "cycles_converged": 0}, "converged                   no, 0 of 0 cycles"),
        ({"judge": "the end", "cycles_converged": 1}, "converged                   yes at the end; 1 of 2 cycles"),
        ({"judge": "the end", "converged": False}, "converged                   no at the end; 2 of 2 cycles"),
        ({"expectations": 3, "expectations_held": 2}, "expectations                2 of 3 held"),
        (
            {"sync": {"runs": 9, "created": 3, "updated": 2, "reactivated": 1, "deactivated": 4, "conflicts": 0}},
            "sync into accounts          9 runs: 3 created, 2 updated, 1 reactivated, 4 deactivated, 0 conflicts",
        ),
    ],
)
def test_the_summary_shows_how_the_run_was_judged(changed: dict[str, Any], line: str) -> None:
    summary: Any = {**SUMMARY, **changed}
    assert f"  {line}" in summary_lines(summary)


def test_the_demo_adds_its_checks() -> None:
    verdicts = {"PASS": 300, "FAIL": 1, "WARN": 2, "NOTE": 3}
    assert summary_lines(SUMMARY, verdicts)[-1] == "  checks                      300 passed, 1 failed, 5 other"
