"""The requests of every built-in scenario as every provider, against an empty well-behaved target, never change.

`request_hashes.csv` was written from the code before the provisioning engine was divided among providers; Entra's rows were
written again when its requests took the captured forms. A change of the requests is a change of behavior: say so in
CHANGELOG.md when the file is written again.
"""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

from simulator.providers import IDPS
from simulator.provisioning.request import Request
from simulator.run.dry_run import DryTarget
from simulator.run.outcome import TargetUnusable
from simulator.run.simulation import Simulation
from simulator.scenario.load import find_scenario, list_scenarios
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream

DATA = Path(__file__).with_name("request_hashes.csv")
FULL_SIZE = {"big-reorganisation", "company-year", "quarter"}  # seconds to minutes each
# Every scenario is compared with the code's own requests as these providers; the others share their engine, so three
# scenarios that hold every kind of request do, and `full` compares the rest.
EVERY_SCENARIO = {"entra", "okta"}
EVERY_PROVIDER = {"leaver", "mover", "nested-groups"}
DIALECTS = {"entra": ("default", "aadOptscim062020")}


class WithoutDiscovery(DryTarget):
    """The target with which the hashes were recorded: a profile that reads a resource type or a schema stops there."""

    def _respond(self, request: Request) -> tuple[int, dict[str, Any] | None]:
        if request.path.startswith(("/ResourceTypes/", "/Schemas/")):
            return 404, None
        return super()._respond(request)


def rows() -> list[dict[str, str]]:
    """The recorded hashes: scenario, provider, dialect, requests, requests_hash."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parameters() -> list[object]:
    """One parameter set for each row; what takes long or repeats another row belongs to the full-size tests."""
    return [
        pytest.param(
            row,
            id=f"{row['scenario']}-{row['provider']}-{row['dialect']}",
            marks=pytest.mark.full if is_full_size(row) else [],
        )
        for row in rows()
    ]


def is_full_size(row: dict[str, str]) -> bool:
    """Whether the default run leaves the row out."""
    if row["scenario"] in FULL_SIZE:
        return True
    return row["provider"] not in EVERY_SCENARIO and row["scenario"] not in EVERY_PROVIDER


def rehearsed(name: str, provider: str, dialect: str) -> dict[str, str]:
    """The row that the code makes now."""
    fields = find_scenario(name).model_dump()
    fields["provider"] |= {"idp": provider, "dialect": dialect}
    simulation = Simulation(Scenario.model_validate(fields), WithoutDiscovery(), RunStream(None))
    row = {"scenario": name, "provider": provider, "dialect": dialect}
    try:
        outcome = asyncio.run(simulation.rehearse())
    except TargetUnusable:  # some profiles read discovery first, which the in-memory target does not offer
        return row | {"requests": "", "requests_hash": "unusable"}
    return row | {"requests": str(outcome.requests), "requests_hash": outcome.requests_hash}


@pytest.mark.parametrize("row", parameters())
def test_the_same_seed_sends_the_same_requests(row: dict[str, str]) -> None:
    assert rehearsed(row["scenario"], row["provider"], row["dialect"]) == row


def test_every_built_in_scenario_and_provider_is_recorded() -> None:
    recorded = {(row["scenario"], row["provider"], row["dialect"]) for row in rows()}
    small = {name for name, _ in list_scenarios()} - FULL_SIZE
    expected = {(name, idp, dialect) for name in small for idp in IDPS for dialect in DIALECTS.get(idp, ("default",))}
    expected |= {(name, idp, "default") for name in FULL_SIZE - {"company-year"} for idp in ("entra", "okta")}
    assert recorded >= expected
