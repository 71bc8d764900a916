"""A line of a stream is compared with the type of its event, part by part."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.stream.shape import misfit

END: dict[str, Any] = {
    "event": "end",
    "verdict": "all good",
    "exit_code": 0,
    "summary": {"requests": 3, "departures": 0},
}


def test_an_event_of_its_tool_fits_and_may_have_more_fields() -> None:
    assert misfit("replay", END) == ""
    assert misfit("replay", {**END, "later": 1}) == ""


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"event": "nothing"}, "event"),
        ({"event": ["end"]}, "event"),
        ({"verdict": None}, "verdict"),
        ({"exit_code": True}, "exit_code"),
        ({"summary": []}, "summary"),
        ({"summary": {"requests": 3}}, "summary.departures"),
        ({"summary": {"requests": "3", "departures": 0}}, "summary.requests"),
    ],
)
def test_the_first_part_of_another_shape_is_named(change: dict[str, Any], part: str) -> None:
    assert misfit("replay", {**END, **change}) == part


@pytest.mark.parametrize("tool", ["nobody", "", "None"])
def test_an_unknown_tool_has_no_events(tool: str) -> None:
    assert misfit(tool, END) == "event"
