"""The fuzz part of a run: no false positive on a good server, the same requests for the same seed, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from conformance.check_api.session import MARKER
from conformance.fuzz.run import FuzzOptions, run_fuzz
from conformance.requirements.catalogue import catalogue
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer
from reference_server.process import bind
from simulator.stream.events import CheckResultEvent
from simulator.wire.exchange import Exchange
from tests.conformance.fuzz.fuzz_runs import HOSTILE, Fuzzed, fuzz, listed

PREFIX = re.compile(f"{MARKER}-fuzz-[0-9a-f]{{8}}")


UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def clean(shared_server: EmbeddedServer) -> Fuzzed:
    return fuzz(shared_server.base_url, shared_server.token)


@pytest.mark.slow
def test_no_alarm_on_the_reference_server(clean: Fuzzed) -> None:
    assert [(e["name"], e["message"], e["remarks"]) for e in clean.events if e["verdict"] != "PASS"] == []
    assert [event["remarks"] for event in clean.events if event["remarks"]] == []


@pytest.mark.slow
def test_every_operation_and_phase_has_its_check(clean: Fuzzed) -> None:
    names = [event["name"] for event in clean.events]
    assert len(names) == len(set(names))
    for action in ("create", "list", "search", "read", "replace", "patch", "delete"):
        for kind in ("user", "group"):
            assert {f"fuzz_{action}_{kind}[{phase}]" for phase in ("positive", "negative", "coverage")} <= set(names)
    assert {"fuzz_bulk[positive]", "fuzz_stateful_user", "fuzz_stateful_group"} <= set(names)
    assert {event["function"] for event in clean.events} >= {"fuzz_create_user", "fuzz_stateful_user"}
    for event in clean.events:
        assert set(event["requirements"]) <= set(catalogue())
        assert event["requirements"]
        assert (event["profile"], event["document"]) == ("rfc", "Fuzzing")


@pytest.mark.slow
def test_default_setting_is_a_few_hundred_small_requests(clean: Fuzzed) -> None:
    assert 300 < len(clean.exchanges) < 600
    assert max(len(exchange.request_body or b"") + len(exchange.url) for exchange in clean.exchanges) < 20_000


@pytest.mark.slow
def test_generated_data_get_deep_into_the_server(clean: Fuzzed) -> None:
    seen = {(exchange.method, exchange.status) for exchange in clean.exchanges}
    assert {("POST", 201), ("POST", 400), ("PUT", 200), ("PATCH", 200), ("DELETE", 204), ("GET", 404)} <= seen
    story = [e.method for e in clean.exchanges if e.cause["check"] == "fuzz::fuzz_stateful_user"]
    assert {"POST", "GET", "PUT", "PATCH", "DELETE"} == set(story)


@pytest.mark.slow
def test_all_that_was_made_bears_the_marker_and_is_gone(clean: Fuzzed, shared_server: EmbeddedServer) -> None:
    assert clean.left == []
    for exchange in clean.exchanges:
        if exchange.method == "POST" and exchange.status == 201:
            made = exchange.response_json()
            assert any(str(made.get(name)).startswith(MARKER) for name in ("userName", "displayName", "externalId"))
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName"), ("/Users", "externalId")):
        assert listed(shared_server, endpoint, name) == []


@pytest.mark.slow
def test_nothing_is_changed_that_the_run_did_not_make(clean: Fuzzed) -> None:
    made = {e.response_json()["id"] for e in clean.exchanges if e.method == "POST" and e.status == 201}
    for exchange in clean.exchanges:
        for result in (exchange.response_json() or {}).get("Operations") or ():
            made.add(str(result.get("location")).rpartition("/")[2])
    for exchange in clean.exchanges:
        if exchange.method in ("PUT", "PATCH", "DELETE"):
            id_ = exchange.url.rpartition("/")[2]
            assert id_ in made or id_.startswith(f"{MARKER}-"), exchange.url


@pytest.mark.slow
def test_read_only_run_sends_nothing_but_get(shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(shared_server.base_url, shared_server.token, examples=2, read_only=True)
    assert {exchange.method for exchange in fuzzed.exchanges} == {"GET"}
    assert "fuzz_list_user[positive]" in [event["name"] for event in fuzzed.events]


@pytest.mark.slow
def test_interrupted_run_removes_what_it_made(shared_server: EmbeddedServer) -> None:
    client = Client(shared_server.base_url, shared_server.token)
    left: list[str] = []

    def interrupt(event: CheckResultEvent) -> None:
        if event["name"] == "fuzz_create_group[positive]":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_fuzz(client, discover(client), FuzzOptions(1, 3), write=interrupt, left=left)
    assert left == []
    assert listed(shared_server, "/Users", "userName") + listed(shared_server, "/Groups", "displayName") == []


@pytest.mark.slow
def test_run_that_is_stopped_ends_soon_and_removes_what_it_made(shared_server: EmbeddedServer) -> None:
    sent: list[Exchange] = []
    events: list[CheckResultEvent] = []
    client = Client(shared_server.base_url, shared_server.token, listener=sent.append)
    target = discover(client)
    stop = lambda: len(sent) > 60  # noqa: E731
    assert run_fuzz(client, target, FuzzOptions(1, 6, stop=stop), write=events.append) == []
    assert 3 < len(events) < 10
    assert len(sent) < 90
    assert listed(shared_server, "/Users", "userName") + listed(shared_server, "/Groups", "displayName") == []


SCRIPT = """
import json, sys
from conformance.target.client import Client
from conformance.fuzz.run import FuzzOptions, run_fuzz
from conformance.target.discovery import discover
sent = []
client = Client(sys.argv[1], sys.argv[2], listener=lambda e: sent.append([e.method, e.url, (e.request_body or b"").hex()]))
target = discover(client)
sent.clear()
run_fuzz(client, target, FuzzOptions(int(sys.argv[3]), 1), write=lambda event: None)
print(json.dumps(sent))
"""


def sent_by_a_process(server: EmbeddedServer, seed: int, hash_seed: int) -> list[tuple[str, str, str]]:
    """The requests of another process, with hashes of its own."""
    command = [sys.executable, "-c", SCRIPT, server.base_url, server.token, str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=True)
    return plainly([(method, url, bytes.fromhex(body)) for method, url, body in json.loads(done.stdout)])


def sent_here(server: EmbeddedServer, seed: int) -> list[tuple[str, str, str]]:
    exchanges = fuzz(server.base_url, server.token, seed=seed, examples=1).exchanges
    return plainly([(exchange.method, exchange.url, exchange.request_body or b"") for exchange in exchanges])


def plainly(requests: list[tuple[str, str, bytes]]) -> list[tuple[str, str, str]]:
    """(method, URL, body) of each request, with the run's own names and ids as they came up first."""
    met: dict[str, str] = {}

    def plain(text: str) -> str:
        text = PREFIX.sub("NAME", text)
        return UUID.sub(lambda match: met.setdefault(match[0], f"id-{len(met)}"), text)

    return [(method, plain(url), plain(body.decode("latin-1"))) for method, url, body in requests]


@pytest.mark.slow
def test_same_seed_sends_the_same_requests_and_another_seed_others(shared_server: EmbeddedServer) -> None:
    first = sent_by_a_process(shared_server, 7, hash_seed=1)
    assert len(first) > 100
    assert sent_here(shared_server, 7) == first
    assert sent_here(shared_server, 8) != first


@pytest.mark.slow
@pytest.mark.parametrize("target", HOSTILE.values(), ids=HOSTILE)
def test_broken_discovery_breaks_no_run(target: Target, shared_server: EmbeddedServer) -> None:
    events: list[CheckResultEvent] = []
    client = Client(shared_server.base_url, shared_server.token)
    assert run_fuzz(client, target, FuzzOptions(3, 2), write=events.append) == []
    assert [event["message"] for event in events if event["verdict"] == "UNDECIDED"] == []


@pytest.mark.slow
def test_target_that_is_gone_is_undecided_and_soon_over() -> None:
    with bind("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    fuzzed = fuzz(url, "token")
    assert set(fuzzed.with_verdict("UNDECIDED")) == {event["name"] for event in fuzzed.events}
    assert len(fuzzed.exchanges) < 20
    assert "no response to a generated request" in fuzzed.events[0]["message"]
    assert "skipped" in fuzzed.events[-1]["message"]
