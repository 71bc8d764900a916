"""The console shows each failure once, with what was expected and found, and a summary with one figure on each line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from simulator.report.console import MAX_FAILURES, MAX_OF_ATTRIBUTE, ConsoleReport, summary_lines
from tests.simulator.report.made_up_log import AT, SUMMARY, cycle, end, failure, run


def shown(*events: Any, ended: Any = None) -> str:
    out = io.StringIO()
    console = ConsoleReport(out)
    for event in run(*events, ended=ended or end(exit_code=1)):
        console(event)
    console.finish()
    return out.getvalue()


def difference(person: str = "Anna Smith", number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "event": "difference", "number": number, "cycle": 1, "at": AT, "kind": "value", "person": person,
        "attribute": "title", "expected": "'Lead'", "found": "'Clerk'", "object_id": f"p-{number}",
        "request": "#4 PATCH /Users/u1 → 500, cycle 1", **changed,
    }  # fmt: skip


def looked(*found: list[int], cycle: int = 1, unlisted: int = 0) -> dict[str, Any]:
    """A comparison after a cycle that found the differences of these ranges."""
    total = sum(last - first + 1 for first, last in found) + unlisted
    return {
        "event": "verified", "cycle": cycle, "at": AT, "extent": "whole", "converged": not total, "people": 3, "groups": 1,
        "differences": total, "found": list(found), "unlisted": unlisted,
    }  # fmt: skip


def expectation(**changed: Any) -> dict[str, Any]:
    made = {"event": "expectation", "at": AT, "since": AT, "person": "p-1", "text": "anna is inactive", "held": False}
    return {**made, "found": "anna is active", **changed}


def test_a_difference_that_lasts_is_shown_once_with_its_cycles_and_the_request_that_should_have_made_it_right() -> None:
    assert shown(difference(), *[looked([1, 1], cycle=number) for number in range(1, 6)]) == (
        "  ✘ Anna Smith: title: expected 'Lead', found 'Clerk'     cycles 1 to 5, 5 times\n"
        "      last write: #4 PATCH /Users/u1 → 500, cycle 1\n"
    )


def test_who_is_still_active_comes_before_what_is_wrong_with_a_title() -> None:
    """As found on 30 November 2026: 1,220 differences that were not shown hid four leavers who were still active."""
    titles = [difference(f"P{number}", number) for number in range(1, 1217)]
    leavers = [
        difference(f"Leaver {number}", number, kind="active", attribute="active", expected="False", found="True")
        for number in range(1217, 1221)
    ]
    text = shown(*titles, *leavers, looked([1, 1220]), ended=end(exit_code=1, leavers_still_active=4))
    lines = text.splitlines()
    assert lines[0] == "  ✘ left, but still active in the target: 4 users"
    assert [line.split(":")[0] for line in lines[1:9:2]] == [f"  ✘ Leaver {number}" for number in range(1217, 1221)]
    assert text.count("title: expected") == MAX_OF_ATTRIBUTE
    assert lines[-1] == "    and 1,211 more differences: title 1,211 (use --json to list all)"


def test_the_members_of_a_group_are_one_line_however_their_number_changes() -> None:
    def members(number: int, told: str) -> dict[str, Any]:
        group = difference("Everybody", number, kind="members", attribute="members", object_id="g-1", cycle=number)
        return {**group, "expected": "150 members", "found": told}

    text = shown(
        members(1, "100 members, 50 of 150 members missing: u1 and 49 more"), looked([1, 1], cycle=1),
        members(2, "100 members, 51 of 151 members missing: u1 and 50 more"), looked([2, 2], cycle=2),
    )  # fmt: skip
    assert text.count("Everybody") == 1
    assert "51 of 151 members missing" in text
    assert "cycles 1 to 2, 2 times" in text


def test_what_the_run_only_counted_is_said() -> None:
    text = shown(difference(), looked([1, 1], unlisted=7))
    assert text.endswith("    and 7 differences beyond the 100,000 that a run lists\n")


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
    text = shown(*[expectation(text=f"anna is {number}") for number in range(MAX_FAILURES + 3)])
    assert text.count("✘") == MAX_FAILURES
    assert text.endswith("    and 3 more in the report\n")


def test_a_run_that_passed_shows_no_failures() -> None:
    assert shown(failure(), ended=end(exit_code=0)) == ""


def test_progress_is_a_line_for_each_phase_and_one_a_second_for_cycles() -> None:
    start = {"event": "phase", "name": "live", "state": "start", "detail": "3 days"}
    text = shown(start, *[cycle(number) for number in range(1, 500)], {**start, "state": "end"})
    assert text.startswith("  live       3 days\n")
    assert text.count("\n") <= 5
    assert "\x1b" not in text  # not a terminal


@pytest.mark.parametrize("words", ["new\nline", "\x1b[31mred", "\u202eright to left"])
def test_responses_cannot_control_the_terminal(words: str) -> None:
    text = shown(
        failure(reason=words),
        difference(words, expected=words, found="x", request=words, attribute=words),
        looked([1, 1]),
        expectation(found=words),
    )
    assert all(line.isprintable() for line in text.splitlines())
    assert text.count("\n") == 5


def test_the_summary_has_a_line_for_each_figure() -> None:
    assert summary_lines(SUMMARY) == [
        "  people                      3 at the start; 1 group at the end",
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
        ({"converged": False, "cycles_converged": 1}, "converged                   no, 1 of 2 cycles"),
        ({"converged": False, "cycles": 0, "cycles_converged": 0}, "converged                   no, 0 of 0 cycles"),
        ({"judge": "the end", "cycles_converged": 1}, "converged                   yes at the end; 1 of 2 cycles"),
        ({"judge": "the end", "converged": False}, "converged                   no at the end; 2 of 2 cycles"),
        (
            {"differences": 900, "distinct_differences": 112},
            "differences                 112 distinct, 900 in total over all comparisons",
        ),
        ({"leavers_still_active": 2}, "leavers still active        2"),
        ({"leavers_still_active": None}, "leavers still active        unknown"),
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


def test_messages_to_an_administrator_are_shown_with_their_channel_and_time() -> None:
    text = "Activity: Quarantine. The provisioning job is in quarantine (X)."
    told = shown({"event": "notice", "at": AT, "channel": "audit log", "text": text})
    assert f"  audit log  {AT[:16].replace('T', ' ')}  {text}" in told
