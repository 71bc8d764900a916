"""The table holds each distinct difference once, with its first and last cycle and how often it was found."""

from __future__ import annotations

from typing import Any

from simulator.report.difference_table import DifferenceTable, attributes_of
from tests.simulator.report.made_up_log import AT, run
from tests.simulator.report.test_console import difference, looked


def table(*events: dict[str, Any]) -> DifferenceTable:
    return DifferenceTable(run(*events))


def test_a_line_has_its_first_and_last_cycle_and_its_number_of_times() -> None:
    """It went away after cycle 3 and came back in cycle 7."""
    found = [looked([1, 1], cycle=number) for number in (1, 2, 3, 7)]
    [line] = table(difference(), *found, looked(cycle=8)).lines()
    assert (line.first_cycle, line.last_cycle, line.count) == (1, 7, 4)
    assert line.when() == "cycles 1 to 7, 4 times"
    assert line.as_json() == {
        "first_cycle": 1, "first_at": AT, "last_cycle": 7, "last_at": AT, "count": 4, "kind": "value",
        "person": "Anna Smith", "attribute": "title", "expected": "'Lead'", "found": "'Clerk'", "object_id": "p-1",
        "request": "#4 PATCH /Users/u1 → 500, cycle 1",
    }  # fmt: skip


def test_the_worst_come_first() -> None:
    kinds = ["value", "manager", "members", "missing", "unexpected", "active", "unreadable"]
    events = [difference(f"P{number}", number, kind=kind) for number, kind in enumerate(kinds, start=1)]
    assert [line.facts["kind"] for line in table(*events, looked([1, 7])).lines()] == kinds[::-1]


def test_what_is_left_out_is_summed_up_by_attribute() -> None:
    events = [difference(f"P{number}", number, attribute="title" if number % 3 else "city") for number in range(1, 31)]
    assert attributes_of(table(*events, looked([1, 30])).lines()) == "title 20, city 10"


def test_differences_that_were_only_counted_are_known() -> None:
    assert table(looked(unlisted=3), looked(unlisted=4)).unlisted == 7
