"""Live verdicts: a request that is judged as it comes gets the findings that it has in the whole recording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.client.front import Stage
from conformance.client.journey import Journey
from conformance.client.live import LiveJudge, live_rules
from conformance.client.run import ClientRun, ClientSettings
from conformance.client.sent import Sent
from conformance.defects.expressions import mutation_of
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer, embedded_server
from simulator.stream.run_stream import RunStream
from simulator.wire.exchange import Exchange
from tests.conformance.client.good_client import Failed, GoodClient

BUGS = {
    "none": "send('DELETE', drop('x'))",
    "active-as-string": "send('POST /Users', assign('active', 'True'))",
    "name-as-id": "send('PATCH /Users/*', repath('/Users/.*', '/Users/Anna@example.com'))",
    "member-by-name": "patch(operates('add', 'members'), assign('value', [{'value': 'Anna@example.com'}]))",
    "unquoted-filter": "send('GET', rewrite('filter', '\"', ''))",
    "json-media-type": "send('POST|PUT|PATCH', header('content-type', 'application/json'))",
}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with embedded_server() as running:
        yield running


def recorded(server: EmbeddedServer, change: str) -> tuple[Target, list[Exchange]]:
    """The requests of a client with this bug in the situation without trouble; the target has its base URL."""
    kept: list[Any] = []
    target = discover(Client(server.base_url, server.token))

    def drive(stage: Stage, token: str) -> int:
        target.base_url = stage.base_url
        try:
            GoodClient(stage.base_url, token, lambda seconds: None, mutation_of(change), frozenset()).run()
        except (Failed, KeyError, TypeError, AttributeError, AssertionError):
            return 1
        return 0

    with RunStream(None, (kept.append,)) as stream:
        ClientRun(ClientSettings("", situations=("steady",)), stream).serve(server, drive)
    return target, [Exchange.from_event(event) for event in kept if event["event"] == "exchange"]


@pytest.mark.parametrize("bug", BUGS)
def test_live_verdicts_are_those_of_the_whole_recording(server: EmbeddedServer, bug: str) -> None:
    target, exchanges = recorded(server, BUGS[bug])
    sent = [Sent(exchange, target.base_url) for exchange in exchanges]
    whole = Journey("recording", target.base_url, target, sent)
    broken = [(one.number, rule.name) for rule in live_rules() for one, wrong in rule.judge(whole) if wrong]
    assert bool(broken) is (bug != "none")
    for size in (1, 7, len(exchanges)):
        judge = LiveJudge(target, target.base_url)
        parts = [exchanges[first : first + size] for first in range(0, len(exchanges), size)]
        found = [findings for part in parts for findings in judge.judge(part)]
        by_request = [
            (one.number, finding["rule"]) for one, listed in zip(sent, found, strict=True) for finding in listed
        ]
        assert sorted(by_request) == sorted(set(broken))
        assert sum(one["count"] for one in judge.broken()) == len(by_request)
        assert judge.judged == len(exchanges)


def test_rules_that_need_the_end_of_a_recording_judge_nothing_live() -> None:
    left_out = {"pages_are_read_to_the_end", "managers_are_ids", "put_creates_nothing", "second_run"}
    assert left_out & {rule.name for rule in live_rules()} == set()
    assert len(live_rules()) > 80
