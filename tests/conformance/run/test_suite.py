"""A whole run: what it touches, and how it handles slow, throttling, flapping, and dying targets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.check_api.session import MARKER
from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from reference_server.embedded import EmbeddedServer, embedded_server, restartable_server
from tests.conformance.real_runs import SOME, Between, Events, marked, of, run, verdicts
from tests.support import Command


@pytest.mark.slow
def test_read_only_run_sends_no_write(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A proxy between the run and the target sees only reads."""
    seen: set[tuple[str, str]] = set()

    def record(request: Request, server: Server) -> Reply:
        seen.add((request.method, request.path.rpartition("/")[2]))
        return server(request)

    code, events, _ = run(through(record), own_server.token, tmp_path, "--read-only")
    assert {method for method, _ in seen} <= {"GET", "HEAD", "OPTIONS", "POST"}
    assert {end for method, end in seen if method == "POST"} <= {".search"}
    told = list(verdicts(events).values())
    assert code == 0
    assert told.count("PASS") > 60
    assert told.count("NOT OFFERED") > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "options"),
    [(100, ("-k", "test_3_3 or test_3_5_2_1")), pytest.param(200, (), id="whole", marks=pytest.mark.full)],
)
def test_target_that_dies_ends_the_run_and_is_never_green(tmp_path: Path, after: int, options: tuple[str, ...]) -> None:
    with restartable_server() as running:
        server = running.server
        count = 0

        def until(request: Request, upstream: Server) -> Reply:
            nonlocal count
            count += 1
            if count == after:
                running.kill()
            return upstream(request)

        with defect_proxy(server.base_url) as proxy:
            code, _, _ = run(proxy.add("dying", until), server.token, tmp_path, *options)
        # The proxy answers 500 for a dead server; straight at the server nothing answers at all.
        assert code == 1
        running.start(None)
        running.kill()
        code, _, shown = run(server.base_url, server.token, tmp_path, "--timeout", "2")
    assert code == 3
    assert "no response" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "options"),
    [(150, ("-k", "test_3_3 or test_3_5_2_1")), pytest.param(400, (), id="whole", marks=pytest.mark.full)],
)
def test_target_that_stops_responding_is_reported_with_what_it_keeps(
    tmp_path: Path, after: int, options: tuple[str, ...]
) -> None:
    """Every connection is cut after a while: undecided, exit 1, leftovers listed."""
    faults = tmp_path / "cut.yaml"
    faults.write_text(f"faults:\n  - when: {{probability: 1.0, after: {after}}}\n    do: {{cut: before}}\n")
    with embedded_server(arguments=["--faults", str(faults)]) as server:
        code, events, shown = run(server.base_url, server.token, tmp_path, *options)
    assert code == 1
    told = verdicts(events)
    assert "UNDECIDED" in told.values()
    assert [id_ for id_, verdict in told.items() if verdict == "FAIL"] == []
    assert of(events, "cleanup")[0]["left"]
    assert of(events, "cleanup")[0]["left"][0] in shown


FAULTS = {
    "throttled": "faults:\n  - when: {every: 9}\n    do: {status: 429, retry_after_s: 0}\n",
    "resets": "faults:\n  - when: {probability: 0.01}\n    do: {cut: before}\n",
    "lost replies": "faults:\n  - when: {method: POST, probability: 0.05}\n    do: {lose_reply: true}\n",
}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Events:
    """The events of a run of some checks without any fault, four at a time."""
    with embedded_server() as server:
        return run(server.base_url, server.token, tmp_path_factory.mktemp("calm"), "-k", SOME)[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(FAULTS))
def test_network_faults_change_no_verdict(kind: str, calm: Events, tmp_path: Path) -> None:
    """The run waits, repeats requests, and repeats checks; the report says so, and nothing remains in the target."""
    faults = tmp_path / "faults.yaml"
    faults.write_text("seed: 11\nmax_consecutive: 2\n" + FAULTS[kind])
    with embedded_server(arguments=["--faults", str(faults)]) as server:
        code, events, _ = run(server.base_url, server.token, tmp_path, "-k", SOME)
        left = marked(server)
    (told,) = of(events, "network_faults")
    assert verdicts(events) == verdicts(calm)
    assert code == 0
    assert told["throttled" if kind == "throttled" else "no_answers"] > 0
    assert left == []


@pytest.mark.slow
def test_threads_change_no_verdict_and_no_name(own_server: EmbeddedServer, calm: Events, tmp_path: Path) -> None:
    alone = run(own_server.base_url, own_server.token, tmp_path, "--parallel", "1", "-k", SOME)[1]
    assert verdicts(alone) == verdicts(calm)

    def names(events: Events) -> set[str]:
        """The userNames that were sent, without the run's own mark."""
        posted = (json.loads(e["request_body"] or "{}") for e in of(events, "exchange") if e["method"] == "POST")
        made = [body.get("userName") for body in posted if isinstance(body, dict)]
        return {name.split("-", 3)[3] for name in made if isinstance(name, str) and name.startswith(MARKER)}

    assert names(alone) == names(calm)


def test_only_the_named_resource_type_is_judged(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """--resource-type Group: what needs users is not offered."""
    options = ("--resource-type", "Group", "-k", "test_3_5_2_patch or test_4_2")
    code, events, _ = run(own_server.base_url, own_server.token, tmp_path, *options)
    paths = {
        e["url"].removeprefix(own_server.base_url).split("/")[1].partition("?")[0] for e in of(events, "exchange")[8:]
    }
    assert "Users" not in paths
    assert code in (0, 2)


@pytest.mark.slow
def test_should_counts_when_asked(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A WARN never fails a run, unless --level should."""

    def plain(request: Request, server: Server) -> Reply:
        reply = server(request)
        return reply.with_header("content-type", "application/json") if reply.headers.get("content-type") else reply

    url = through(plain)
    runs = [
        run(url, own_server.token, tmp_path, "-k", "test_3_8 or media", *level) for level in ((), ("--level", "should"))
    ]
    assert [code for code, _, _ in runs] == [0, 1]
    told = [of(events, "end")[0]["verdict"] for _, events, _ in runs]
    assert told[0].startswith("No failure in ")
    assert all(of(events, "end")[0]["summary"]["wall_seconds"] > 0 for _, events, _ in runs)
    assert re.fullmatch(r"\d+ of \d+ checks (has a warning, which counts|have warnings, which count) as .*", told[1])


def test_what_is_not_offered_alone_is_no_green_run(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def without_bulk(request: Request, server: Server) -> Reply:
        reply = server(request)
        if request.path != "/ServiceProviderConfig":
            return reply
        return reply.with_json({**reply.json, "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}})

    code, events, shown = run(through(without_bulk), own_server.token, tmp_path, "-k", "test_bulk_creates")
    assert set(verdicts(events).values()) <= {"NOT OFFERED"}
    assert code == 2
    assert "nothing" in shown.lower()


def test_nothing_selected_is_never_green(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url, "--token", shared_server.token, "-k", "no_such_check")
    assert shown.returncode == 2
    assert "no check matches" in shown.stderr
