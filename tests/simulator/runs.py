"""Runs a scenario against an embedded server: what the tests of runs share."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from reference_server.embedded import embedded_server
from simulator.run.outcome import Outcome
from simulator.run.session import Target, simulate
from simulator.scenario.load import find_scenario
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream
from tests.stream_lines import stream_lines


def run(scenario: Scenario, path: Path, **options: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    with embedded_server(virtual_clock_start=scenario.start, **options) as server, RunStream(path) as stream:
        outcome = asyncio.run(simulate(scenario, Target(server.base_url, server.token, server), stream))
    return outcome, stream_lines(path)


def short(name: str, **changes: Any) -> Scenario:
    return Scenario.model_validate({**find_scenario(name).model_dump(), **changes})
