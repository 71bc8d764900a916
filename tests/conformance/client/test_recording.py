"""Recordings: the event stream of a judged client gets the verdicts of the run, and foreign recordings are one journey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.client.recording import journeys_of
from conformance.client.rule import rules
from conformance.client.run import ClientRun, ClientSettings
from conformance.defects.expressions import mutation_of
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import EmbeddedServer, embedded_server
from simulator.stream.run_stream import RunStream
from simulator.tape.tape import read_tape
from tests.conformance.client.matrix import judge, plain, verdicts

SITUATIONS = ("steady", "page-cap", "leads-elsewhere", "self-signed-certificate")
NEEDS_THE_RUNS = ("second_run",)  # a recording does not show where the second run begins


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with embedded_server() as running:
        yield running


def _read_again(server: EmbeddedServer, path: Path) -> dict[str, str]:
    events: list[Any] = []
    base_url, exchanges = read_tape(path)
    with RunStream(None, (events.append,)) as stream:
        target = discover(Client(server.base_url, server.token))
        ClientRun(ClientSettings(f"--tape {path}"), stream).read(base_url, list(exchanges), target)
    return verdicts([event for event in events if event["event"] == "check"])


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("bug", ["", "send('POST|PUT|PATCH', header('content-type', 'text/plain'))"])
def test_the_stream_of_a_run_gets_the_verdicts_of_the_run(server: EmbeddedServer, tmp_path: Path, bug: str) -> None:
    path, between = tmp_path / "run.jsonl", mutation_of(bug) if bug else plain
    live = verdicts(judge(server, between=between, situations=SITUATIONS, recording=path))
    again = _read_again(server, path)
    wanted = {name: live[name] for name in rules() if name in live and name not in NEEDS_THE_RUNS}
    assert {name: again[name] for name in wanted} == wanted
    assert ("FAIL" in wanted.values()) == bool(bug)


def test_a_body_that_was_too_large_to_be_kept_is_not_judged_as_invalid(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.client.front.MOST_BYTES", 60)
    path = tmp_path / "run.jsonl"
    live = verdicts(judge(server, situations=("steady",), recording=path))
    assert (live["json_body"], _read_again(server, path)["json_body"]) == ("NOT EXERCISED", "NOT EXERCISED")


def test_each_situation_is_a_journey_with_its_own_base_url(server: EmbeddedServer, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    judge(server, situations=("page-cap",), recording=path)
    base_url, recorded = read_tape(path)
    exchanges, target = list(recorded), discover(Client(server.base_url, server.token))
    journeys = journeys_of(base_url, exchanges, target)
    assert [journey.situation for journey in journeys] == ["steady", "page-cap"]
    assert len({journey.base for journey in journeys}) == 2
    assert {sent.endpoint for journey in journeys for sent in journey.sent} <= {
        *("Users", "Groups", "Bulk", "ServiceProviderConfig", "Schemas", "ResourceTypes"),
    }
    (other,) = journeys_of(base_url, [replace(one, cause={}) for one in exchanges], target)
    assert (other.situation, other.base, len(other.sent)) == ("recording", base_url, len(exchanges))
