"""Scenarios at work: expectations are judged, mishaps of the target strike and heal, failing runs shrink, chaos converges."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.embedded import restartable_server
from simulator.chaos import chaos_scenario
from simulator.lifecycle.events import LifecycleEvent
from simulator.scenario.durations import parse_duration, shown
from simulator.scenario.expectations import FORMS, parse_expectation
from simulator.scenario.load import ScenarioError, parse_scenario
from simulator.scenario.model import Scenario
from simulator.session import Target, simulate
from simulator.shrink import shrink_events
from simulator.wire.stream import RunStream, read_stream
from tests.simulator.test_run import run
from tests.simulator.test_workbench import run as command

BASE: dict[str, Any] = {"users": 12, "days": 3, "cast": {"anna": 5, "bert": 6}}


def lived(tmp_path: Path, *events: dict[str, Any], **changed: Any) -> tuple[Any, list[dict[str, Any]]]:
    return run(Scenario.model_validate({**BASE, **changed, "events": list(events)}), tmp_path / "run.jsonl")


def judged(events: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(event["text"], event["held"]) for event in events if event["event"] == "expectation"]


# ── expectations ──


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
            ["anna's manager is nobody", "at most 1 requests"],
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


def test_failed_expectation_is_told_and_gives_exit_1(tmp_path: Path) -> None:
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


def test_relative_times_and_cast() -> None:
    scenario = parse_scenario(
        "users: 9\ncast: {anna: 5}\nevents:\n  - {day: 2, at: '10:00', what: blocked, person: anna}\n"
        "  - {after: 1d12h, what: unblocked, person: 5}\n",
        "s.yaml",
    )
    one, other = scenario.timeline(scenario.company())
    assert (other.at - one.at, one.person, other.person) == (timedelta(hours=36), 5, 5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{day: 1, what: blocked, person: 5, then: anna flies}", "then: expected an expectation, got \"anna flies\"; there are:"),
        ("{day: 1, what: blocked, person: 5, then: [anna is active within soon]}", "then: expected"),
        ("{after: soon, what: blocked, person: 5}", 'after: expected a duration like 45m, 2h or 3d, got "soon"'),
        ("{day: 1, what: target_down, detail: {for: ever}}", 'detail: expected a duration like 45m, 2h or 3d, got "ever"'),
        ("{day: 1, what: target_explodes}", "what: expected one of"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(line: str, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(f"users: 9\nevents:\n  - {line}\n", "s.yaml")
    assert str(refused.value).startswith("s.yaml:3: events.0.")
    assert message in str(refused.value)


def test_somebody_who_is_not_in_the_cast(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("users: 9\nevents:\n  - {day: 1, what: blocked, person: zoe}\n")
    shown_ = command("simulate", str(tmp_path / "s.yaml"))
    assert shown_.returncode == 2
    assert '"zoe" is not in the cast (which is empty)' in shown_.stderr


def test_every_form_has_a_case() -> None:
    sentences = {
        "no access": "a has no access", "access": "a has access", "active": "a is active", "inactive": "a is inactive",
        "gone": "a does not exist", "there": "a exists", "account active": "a's account is active",
        "account inactive": "a's account is inactive", "manager": "a's manager is b", "attribute": "a's x.y is z",
        "not member": "a is not in G", "member": "a is in G", "members": "G has 3 members", "requests": "at most 3 requests",
        "quarantined": "the job is quarantined", "healthy": "the job is healthy", "equal": "the target equals the directory",
    }  # fmt: skip
    assert {kind: parse_expectation(text).kind for kind, text in sentences.items()} == {kind: kind for kind in FORMS}


@given(st.integers(1, 10**6))
def test_durations_go_there_and_back(seconds: int) -> None:
    assert parse_duration(shown(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


# ── what happens to the target ──


@pytest.mark.parametrize(
    ("what", "detail", "converges"),
    [
        ("target_errors", {"for": "2h"}, True),
        ("target_errors_after", {"for": "2h"}, True),
        ("target_loses_replies", {"for": "2h"}, True),
        ("target_slow", {"for": "2h"}, True),
        ("target_throttles", {"for": "2h"}, True),
        ("target_down", {"for": "2h"}, True),
        ("target_killed", {"for": "2h"}, True),
        ("target_loses_writes", {"for": "2h", "count": 1}, False),  # Entra does not look again (KNOWN)
    ],
)
def test_mishap_strikes_and_heals(what: str, detail: dict[str, Any], converges: bool, tmp_path: Path) -> None:

    events = [
        {"day": 1, "at": "09:00", "what": what, "detail": detail},
        {"day": 1, "at": "09:05", "what": "title_changed", "person": "anna", "detail": {"title": "Struck"}},
        {"day": 1, "at": "09:06", "what": "hired", "person": 12},
    ]
    scenario = Scenario.model_validate({**BASE, "judge": "the end", "events": events})
    with restartable_server(virtual_clock_start=scenario.start) as running, RunStream(tmp_path / "r.jsonl") as stream:
        target = Target(running.server.base_url, running.server.token, running.server, running)
        outcome = asyncio.run(simulate(scenario, target, stream))
    assert outcome.good is converges
    struck = next(event["struck"] for event in read_stream(tmp_path / "r.jsonl") if event["event"] == "weather")
    assert sum(struck.values()) > 0


def test_lost_reply_of_a_create_ends_in_one_person(tmp_path: Path) -> None:
    """reliability.md T9: the POST was done, its answer is cut; the next cycle finds and links the one."""
    _, events = lived(
        tmp_path,
        {"day": 1, "at": "09:00", "what": "target_loses_replies", "detail": {"for": "30m", "count": 1}},
        {"day": 1, "at": "09:05", "what": "hired", "person": 12, "then": "Everybody has 13 members within 2h"},
        judge="the end",
    )
    creates = [e for e in events if e["event"] == "exchange" and e["cause"]["operation"] == "create user"]
    assert [exchange["status"] for exchange in creates].count(None) == 1
    assert len(creates) == 13
    assert judged(events)[0][1]
    assert events[-1]["exit_code"] == 0


# ── shrinking ──


def event(number: int) -> LifecycleEvent:
    return LifecycleEvent(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number), "checked", number)


@given(st.integers(1, 60), st.sets(st.integers(0, 59), min_size=1, max_size=4))
def test_shrinking_leaves_exactly_what_is_needed(count: int, needed: set[int]) -> None:
    wanted = {number for number in needed if number < count} or {0}
    events = [event(number) for number in range(count)]
    left = shrink_events(events, lambda some: wanted <= {one.person for one in some})
    assert {one.person for one in left} == wanted


@pytest.mark.slow
def test_failing_life_shrinks_to_a_scenario_that_fails_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "name: s\nusers: 8\ndays: 3\nlife: random\nbusy: 15\nseed: 3\nevents:\n"
        "  - {day: 2, at: '08:00', what: target_loses_writes, detail: {count: 2, for: 1d}}\n"
    )
    shown_ = command("simulate", str(tmp_path / "s.yaml"), "--shrink", str(tmp_path / "small.yaml"))
    assert shown_.returncode == 1, shown_.stderr
    small = parse_scenario((tmp_path / "small.yaml").read_text("utf-8"), "small.yaml")
    assert len(small.events) <= 3
    assert command("simulate", str(tmp_path / "small.yaml")).returncode == 1
    assert "does not fail" in command("simulate", "leaver", "--shrink", str(tmp_path / "x.yaml")).stdout


# ── chaos (reliability.md T8) ──


def test_chaos_is_the_same_for_the_same_seed() -> None:
    assert chaos_scenario(7) == chaos_scenario(7)
    assert chaos_scenario(7) != chaos_scenario(8)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [4, pytest.param(200, marks=pytest.mark.full)])
def test_chaos_converges(seeds: int) -> None:
    shown_ = command("simulate", "--chaos", str(seeds), "--seed", "500")
    assert shown_.returncode == 0, shown_.stdout
    assert f"{seeds} of {seeds} runs converged" in shown_.stdout


# ── what an end that nobody saw is worth ──


def test_run_that_ends_in_an_outage_is_not_called_equal(tmp_path: Path) -> None:
    """The last look before the outage agreed; the leaver of the outage is still active, and that is what counts."""
    outcome, events = lived(
        tmp_path,
        {"day": 3, "at": "09:00", "what": "target_down"},
        {
            "day": 3,
            "at": "10:00",
            "what": "blocked",
            "person": "anna",
            "then": "the target equals the directory within 2h",
        },
        judge="the end",
    )
    assert (outcome.equal_at_the_end, outcome.good) == (False, False)
    assert judged(events) == [("the target equals the directory within 2h", False)]
    last = [event for event in events if event["event"] == "verified"][-1]
    assert (last["differences"][0]["kind"], last["differences"][0]["found"]) == ("active", "True")
