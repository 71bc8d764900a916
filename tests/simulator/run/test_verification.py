"""An end that no cycle has seen is read back before it is called equal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulator.run.outcome import verdict_of
from simulator.run.session import Target, simulate
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream
from tests.fake_target import Received, fake_target
from tests.simulator.lives import BASE, judged, lived


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
    last = [event for event in events if event["event"] == "difference"][-1]
    assert (last["kind"], last["found"]) == ("active", "True")
    assert (outcome.leavers_still_active, verdict_of(outcome).endswith("1 user who left is still active.")) == (1, True)


OWN = "x-scimulator: "


@pytest.mark.parametrize("verify", ["touched", "by id"])
def test_own_reads_are_recognizable_and_can_be_limited_to_what_the_run_wrote(verify: str) -> None:
    """Entra never asks for a whole list: with `by id` no request of the run does either."""
    scenario = Scenario.model_validate({**BASE, "verify": verify, "brownfield": 0.5, "days": 1})
    with fake_target() as target:
        asyncio.run(simulate(scenario, Target(target.url, "token"), RunStream(None)))
        ours = [request for request in target.received if any(line.lower().startswith(OWN) for line in request.headers)]
        others = [request for request in target.received if request not in ours]
    assert others
    assert [request.line for request in others if "startIndex" in request.path] == []
    assert [
        request.line for request in others if request.method == "DELETE"
    ] == []  # the removal at the end is the run's
    lists = [request for request in ours if "startIndex" in request.path and not request.path.endswith("&count=1")]
    assert bool(lists) is (verify == "touched")
    read = {request.path for request in ours if request.method == "GET" and "?" not in request.path}
    assert len(read) >= (BASE["users"] if verify == "by id" else 0)


def test_by_id_finds_what_is_wrong_in_what_the_run_wrote() -> None:
    """A target that loses a title, and one that loses a user."""

    def loses_titles(request: Received) -> Any:
        held = target.resources.get(request.path.removeprefix("/scim/"))
        if request.method == "GET" and request.path.startswith("/scim/Users/") and held is not None:
            return 200, {**held, "title": "Other"}
        return "well"

    scenario = Scenario.model_validate({**BASE, "verify": "by id", "days": 1})
    with fake_target(loses_titles) as target:
        outcome = asyncio.run(simulate(scenario, Target(target.url, "token"), RunStream(None)))
    assert not outcome.equal_at_the_end
    assert outcome.differences >= BASE["users"]


def test_leavers_of_a_target_that_is_gone_are_not_called_inactive() -> None:
    """As found on 1 December 2026: the last readable comparison was before the leaver, so the run said that none is active."""
    block = {"day": 1, "at": "09:00", "what": "blocked", "person": "anna"}
    scenario = Scenario.model_validate({**BASE, "events": [block]})
    gone = False

    def rule(request: Received) -> Any:
        nonlocal gone
        gone = gone or (request.method == "PATCH" and b"active" in request.body)
        return None if gone else "well"

    with fake_target(rule) as target:
        outcome = asyncio.run(simulate(scenario, Target(target.url, "token"), RunStream(None)))
    assert (outcome.leavers, outcome.leavers_still_active) == (1, None)
    assert "so it is unknown whether users who left are still active." in verdict_of(outcome)
    assert ". ." not in verdict_of(outcome)
