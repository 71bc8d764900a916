"""The simulated providers as clients: every finding is a known deviation of the real provider, with the sentence that it breaks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from conformance.client.front import Stage
from conformance.client.run import ClientRun, ClientSettings
from reference_server.embedded import EmbeddedServer, embedded_server
from simulator import Entra, IdentityProvider, Scenario
from simulator.stream.run_stream import RunStream

REVIEWED = list(csv.DictReader(Path(__file__).with_name("reviewed.csv").read_text("utf-8").splitlines()))
OTHERS = ("okta", "okta-wizard", "authentik", "cyberark", "keycloak", "pingfederate", "jumpcloud", "onelogin")
PROVIDERS: dict[str, Any] = {
    "entra": Entra(),
    "entra-flag": Entra(dialect="aadOptscim062020"),
    **{name: IdentityProvider(name) for name in OTHERS},
}
BEN = {"what": "user_name_changed", "person": "ben", "detail": {"user_principal_name": "ben.new@contoso.example"}}
EVENTS: list[Any] = [
    {"day": 1, "at": "09:05", "what": "blocked", "person": "anna"},
    {"day": 1, "at": "10:05", **BEN},
    {"day": 1, "at": "11:05", "what": "unassigned", "person": "cleo"},
]
LIFE = Scenario(users=8, days=2, cast={"anna": 3, "ben": 4, "cleo": 5}, events=EVENTS)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with embedded_server() as running:
        yield running


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_simulated_provider_shows_only_deviations_that_are_reviewed(server: EmbeddedServer, name: str) -> None:
    def drive(stage: Stage, token: str) -> int:
        return simulator.simulate(LIFE, url=stage.base_url, token=token, provider=PROVIDERS[name]).exit_code

    events: list[Any] = []
    with RunStream(None, (events.append,)) as stream:
        ClientRun(ClientSettings(name, situations=("steady",)), stream).serve(server, drive)
    checks = [event for event in events if event["event"] == "check"]
    found = {check["name"]: check["message"] for check in checks if check["verdict"] in ("FAIL", "WARN")}
    known = {row["rule"] for row in REVIEWED if row["client"] == name}
    assert {rule: message for rule, message in found.items() if rule not in known} == {}
    assert known - set(found) == set()
    assert sum(check["verdict"] == "PASS" for check in checks) >= 30
