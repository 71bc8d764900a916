"""Expectations are judged at their virtual moments, by what the target and its service show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.lifecycle.expectations import FORMS, parse_expectation
from simulator.run.expectation_judge import LOOKS
from tests.simulator.command_line import run as command
from tests.simulator.lives import judged, lived


@pytest.mark.parametrize(
    ("event", "true", "false"),
    [
        (
            {"what": "blocked", "person": "anna"},
            ["anna has no access within 45m", "anna is inactive", "anna exists", "anna's account is inactive within 1d"],
            ["anna has access", "anna is active", "anna does not exist"],
        ),
        (
            {"what": "hard_deleted", "person": "anna"},
            ["anna does not exist within 45m", "anna is not in Everybody", "Everybody has 11 members"],
            ["anna exists", "anna is in Everybody"],
        ),
        (
            {"what": "manager_changed", "person": "anna", "detail": {"manager": 6}},
            ["anna's manager is bert within 45m", "at most 9 requests"],
            ["anna has no manager", "at most 1 request"],
        ),
        (
            {"what": "title_changed", "person": "anna", "detail": {"title": "Head of X"}},
            ["anna's title is 'Head of X'", "anna's title is head of x", "the job is healthy", "the target equals the directory"],
            ["anna's title is Y", "the job is quarantined", "anna's name.givenName is Y"],
        ),
    ],
)  # fmt: skip
def test_expectations_hold_or_do_not(event: dict[str, Any], true: list[str], false: list[str], tmp_path: Path) -> None:
    outcome, events = lived(tmp_path, {"day": 1, "at": "09:05", **event, "then": [*true, *false]})
    assert dict(judged(events)) == dict.fromkeys(true, True) | dict.fromkeys(false, False)
    assert (outcome.expectations, outcome.expectations_held) == (len(true) + len(false), len(true))
    assert not outcome.good


def test_expectation_is_judged_at_its_deadline_and_not_later(tmp_path: Path) -> None:
    """Cycles at 09:20 and 10:00: fourteen minutes are too few, fifteen are enough."""
    then = ["anna is inactive within 14m", "anna is inactive within 15m"]
    _, events = lived(tmp_path, {"day": 1, "at": "09:05", "what": "blocked", "person": "anna", "then": then})
    assert judged(events) == [(then[0], False), (then[1], True)]


def test_failed_expectation_is_reported_and_gives_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "users: 9\ndays: 1\ncast: {anna: 5}\nevents:\n"
        "  - {day: 1, at: '09:00', what: blocked, person: anna, then: anna has access}\n"
    )
    shown_ = command("simulate", str(path), "--report", str(tmp_path / "r.html"))
    assert shown_.returncode == 1
    assert "expected: anna has access" in shown_.stdout
    assert "0 of 1 held" in shown_.stdout
    assert "1 of 1 expectations did not hold" in (tmp_path / "r.html").read_text("utf-8")


def test_every_form_is_judged() -> None:
    assert LOOKS.keys() == FORMS.keys()


def test_every_form_has_a_case() -> None:
    sentences = {
        "no access": "a has no access", "access": "a has access", "active": "a is active", "inactive": "a is inactive",
        "gone": "a does not exist", "there": "a exists", "account active": "a's account is active",
        "account inactive": "a's account is inactive", "manager": "a's manager is b", "no manager": "a has no manager", "attribute": "a's x.y is z",
        "not member": "a is not in G", "member": "a is in G", "members": "G has 3 members", "requests": "at most 3 requests",
        "quarantined": "the job is quarantined", "healthy": "the job is healthy", "equal": "the target equals the directory",
    }  # fmt: skip
    assert {kind: parse_expectation(text).kind for kind, text in sentences.items()} == {kind: kind for kind in FORMS}
