"""The stream holds each distinct difference once, and as many as it promises; the others are counted."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from typing import Any, cast

from simulator.run.difference_list import LONGEST_VALUE, DifferenceList
from simulator.stream.run_stream import RunStream
from simulator.verify.compare import Difference

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TITLE = Difference("value", "Anna Smith", "title", "'Lead'", "'Clerk'", "anna")
ACTIVE = Difference("active", "Bert Jones", "active", "False", "True", "bert")


def listed(most: int = 100_000) -> tuple[DifferenceList, list[dict[str, Any]]]:
    written: list[dict[str, Any]] = []
    stream = RunStream(None, (lambda event: written.append(cast("dict[str, Any]", event)),))
    return DifferenceList(stream, lambda object_id: f"the last of {object_id}", most), written


def test_a_difference_that_lasts_is_written_once_and_keeps_its_number() -> None:
    differences, written = listed()
    looks = [differences.note(cycle, AT, found) for cycle, found in enumerate([[TITLE], [TITLE, ACTIVE], [ACTIVE]], 1)]
    assert [look.ranges for look in looks] == [[[1, 1]], [[1, 2]], [[2, 2]]]
    assert written == [
        {"event": "difference", "number": 1, "cycle": 1, "at": AT.isoformat(), "kind": "value", "person": "Anna Smith",
         "attribute": "title", "expected": "'Lead'", "found": "'Clerk'", "object_id": "anna", "request": "the last of anna"},
        {"event": "difference", "number": 2, "cycle": 2, "at": AT.isoformat(), "kind": "active", "person": "Bert Jones",
         "attribute": "active", "expected": "False", "found": "True", "object_id": "bert", "request": "the last of bert"},
    ]  # fmt: skip


def test_the_worst_differences_of_a_comparison_have_the_first_numbers() -> None:
    differences, written = listed(most=1)
    assert differences.note(1, AT, [TITLE, ACTIVE]).unlisted == 1
    assert [event["person"] for event in written] == ["Bert Jones"]


def test_differences_beyond_the_limit_are_counted() -> None:
    differences, written = listed(most=10)
    people = [Difference("value", f"P{number}", "title", "a", "b", f"p-{number}") for number in range(25)]
    looks = [differences.note(cycle, AT, people) for cycle in (1, 2)]
    assert [(look.ranges, look.unlisted) for look in looks] == [([[1, 10]], 15)] * 2
    assert len(written) == len(differences) == 10


def test_a_long_value_is_cut_around_what_differs() -> None:
    differences, written = listed()
    differences.note(
        1, AT, [Difference("value", "Anna", "title", "a" * 50_000 + "X", "a" * 50_000 + "Y" * 50_000, "anna")]
    )
    [event] = written
    assert all(len(event[name]) < LONGEST_VALUE + 40 for name in ("expected", "found"))
    assert ("X" in event["expected"], "Y" in event["found"]) == (True, True)
    assert event["found"].endswith("(100,000 characters)")


def test_looking_again_and_again_takes_no_memory() -> None:
    """A difference that lasts for a thousand cycles costs what it costs once: a digest and a number."""
    stream = RunStream(None)
    differences = DifferenceList(stream, str)
    people = [Difference("value", f"P{number}", "title", "a" * 200, "b" * 200, f"p-{number}") for number in range(500)]
    differences.note(0, AT, people)
    tracemalloc.start()
    for cycle in range(1, 40):
        differences.note(cycle, AT, people)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000
