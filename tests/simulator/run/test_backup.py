"""A backup of the target is created and restored, even if the run may read only what it created."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.run.session import Target, simulate
from simulator.scenario.load import find_scenario
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream
from tests.fake_target import fake_target
from tests.simulator.lives import judged


@pytest.mark.parametrize("verify", ["touched", "by id"])
def test_a_restored_backup_undoes_what_came_since(verify: str) -> None:
    """With `by id`, no request asks for a list except in discovery, for one group; other clients' users stay in both cases."""
    written: list[Any] = []
    scenario = Scenario.model_validate({**find_scenario("restored-from-backup").model_dump(), "verify": verify})
    with fake_target() as target:
        stranger = target.hold("Users", "stranger", userName="stranger@elsewhere.example")
        stream = RunStream(None, (written.append,))
        asyncio.run(simulate(scenario, Target(target.url, "token"), stream, keep=True))
        lists = [
            request
            for request in target.received
            if "startIndex" in request.path and not request.path.endswith("&count=1")
        ]
        assert target.resources["Users/stranger"] == stranger
    assert bool(lists) is (verify == "touched")
    told = judged(written)
    assert [text for text, held in told if not held] == []
    assert "newcomer does not exist within 2h" in [text for text, _ in told]
