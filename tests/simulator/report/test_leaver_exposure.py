"""The exposure of a leaver, in minutes and in words."""

from __future__ import annotations

from typing import cast

import pytest

from simulator.report.html import simulation_page
from simulator.report.json_report import simulation_json
from simulator.report.leaver_exposure import collect_lives, duration_text
from simulator.stream.events import SimulateEvent
from tests.simulator.report.made_up_run import PERSON, stream


def test_exposure_is_sixty_hours_and_eight_minutes() -> None:
    exposure = collect_lives(stream())[PERSON].exposures[0]
    assert exposure.minutes == 60 * 60 + 8
    assert [step.rpartition(":")[2][3:] for step in exposure.steps] == [
        "left in the directory",
        "deactivated in the target",
        "access revoked, sessions ended",
    ]
    assert "60 h 8 min of access after leaving" in simulation_page(stream())
    assert simulation_json(stream())["exposures"][0]["minutes"] == 3608


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59.4, "59 min"), (60, "1 h 0 min"), (3608, "60 h 8 min"), (5000, "3 d 11 h")]
)
def test_durations_in_words(minutes: float, words: str) -> None:
    assert duration_text(minutes) == words


READS = [
    f"2026-03-13T{hour}:12:00+00:00" for hour in (18, 19, 20)
]  # she left at 17:52; the request is answered at 18:12
ON = {
    "kind": "active",
    "person": "Łucja",
    "attribute": "active",
    "expected": "False",
    "found": "True",
    "object_id": PERSON,
}
NAMELESS = {**ON, "person": "Łucja Wójcik", "object_id": ""}
STAYS = {**NAMELESS, "kind": "unexpected", "attribute": "", "expected": "no resource", "found": "user 1"}
TITLE = {**ON, "kind": "value", "attribute": "title"}
UNREADABLE = {**ON, "kind": "unreadable", "person": "GET /Users", "object_id": ""}


@pytest.mark.parametrize(
    ("reads", "minutes", "still_on"),
    [
        ([], 20, False),  # nothing was read: the answer is all that is known
        ([("whole", [])], 20, False),
        ([("whole", [TITLE])], 20, False),
        ([("touched", [ON])], None, True),
        ([("whole", [ON]), ("whole", [ON])], None, True),
        ([("whole", [NAMELESS])], None, True),
        ([("whole", [STAYS])], None, True),
        ([("touched", [ON]), ("touched", [])], None, True),  # someone else was looked at
        ([("whole", [ON]), ("unlisted", [TITLE])], None, True),  # what was only counted may be about her
        ([("whole", [ON]), ("whole", [UNREADABLE])], None, True),  # nothing was seen
        ([("whole", [ON]), ("whole", [TITLE])], 80, False),  # off by the time of the second read
        ([("whole", [ON]), ("whole", []), ("whole", [ON])], None, True),
    ],
)
def test_access_ends_when_the_target_shows_it(
    reads: list[tuple[str, list[dict[str, str]]]], minutes: int | None, still_on: bool
) -> None:
    told = [event for event in stream() if event["event"] != "verified"][:7]
    seen: list[dict[str, object]] = []
    for at, (extent, found) in zip(READS, reads, strict=False):
        first = len(seen) + 1
        seen += [
            {"event": "difference", "number": first + n, "cycle": 2, "at": at, **one} for n, one in enumerate(found)
        ]
        numbers = [[first, first + len(found) - 1]] if found else []
        unlisted = int(extent == "unlisted")
        told_extent = "whole" if unlisted else extent
        seen.append(
            {"event": "verified", "cycle": 2, "at": at, "extent": told_extent, "found": numbers, "unlisted": unlisted}
        )
    [exposure] = collect_lives([*told, *cast("list[SimulateEvent]", seen)])[PERSON].exposures
    assert exposure.minutes == minutes
    assert any("still active in the target" in step for step in exposure.steps) == still_on
