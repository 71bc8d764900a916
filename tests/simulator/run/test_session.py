"""A run rejects bad input before the first request, hides tokens, and writes a whole stream."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulator.run.dry_run import DryTarget
from simulator.run.outcome import Outcome
from simulator.run.session import (
    BadInput,
    Secrets,
    Target,
    check_writable,
    exit_code_of,
    open_stream,
    open_target,
    schema_of,
    simulate,
    write_output,
)
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.stream.events import PhaseEvent
from simulator.stream.run_stream import RunStream
from tests.fake_target import FakeTarget
from tests.stream_schema import assert_valid

TOKEN = "top-secret-token"
SMALL = {"name": "small", "users": 3, "days": 0, "seed": 5}


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("host/scim", TOKEN, '--url: expected http://host/path or https://host/path, got "host/scim"'),
        ("ftp://host/scim", TOKEN, "--url: expected"),
        ("http://", TOKEN, "--url: expected"),
        ("http://host/scim", None, "--token: missing"),
        ("http://host/scim", "", "--token: missing"),
    ],
)
def test_an_unusable_target_is_rejected(url: str, token: str | None, words: str) -> None:
    with pytest.raises(BadInput) as refused, open_target(url, Secrets(token)):
        pass
    assert words in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_named_target_is_used_as_it_is() -> None:
    with open_target("https://host.example/scim?x=1", Secrets(TOKEN)) as target:
        assert (target.url, target.token, target.embedded) == ("https://host.example/scim?x=1", TOKEN, None)


def test_a_credentials_file_comes_before_the_token(tmp_path: Path) -> None:
    file = tmp_path / "client.yaml"
    file.write_text("token_endpoint: https://host.example/token\nclient_id: a\nclient_secret: hidden-secret\n")
    with open_target("https://host.example/scim", Secrets(TOKEN, file)) as target:
        assert target.token != TOKEN
    file.write_text("token_endpoint: nowhere\nclient_id: a\nclient_secret: hidden-secret\n")
    with (
        pytest.raises(BadInput, match="--credentials: ") as refused,
        open_target("https://h/scim", Secrets(None, file)),
    ):
        pass
    assert "hidden-secret" not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    assert TOKEN not in repr(Secrets(TOKEN))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome(), 2),
        (Outcome(cycles=2, cycles_converged=2), 0),
        (Outcome(cycles=2, cycles_converged=1), 1),
        (Outcome(cycles=2, cycles_converged=2, failed=1), 1),
        (Outcome(cycles=2, cycles_converged=2, expectations=1), 1),
        (Outcome(cycles=2, cycles_converged=2, left=1), 1),
        (Outcome(cycles=2, cycles_converged=2, still_listed=1), 0),
    ],
)
def test_the_exit_code_depends_on_the_outcome(outcome: Outcome, code: int) -> None:
    assert exit_code_of(outcome) == code


def simulated(target: FakeTarget, **options: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    fields = {name: options.pop(name) for name in ("provider", "verify") if name in options}
    scenario = Scenario.model_validate({**SMALL, **fields})
    stream = RunStream(None, (events.append,))
    return asyncio.run(simulate(scenario, Target(target.url, TOKEN), stream, **options)), events


def test_a_stream_begins_with_the_settings_and_ends_with_the_figures(target: FakeTarget) -> None:
    outcome, events = simulated(target)
    assert_valid(events)
    assert events[0]["settings"] == {
        "scenario": "small", "users": 3, "days": 0, "idp": "entra", "dialect": "default", "cycle_minutes": 40,
    }  # fmt: skip
    assert (events[0]["seed"], events[0]["target"]) == (5, {"url": target.url, "embedded": False})
    assert events[-1]["exit_code"] == exit_code_of(outcome) == 0
    assert (events[-1]["summary"]["people"], events[-1]["summary"]["cycles"]) == (3, 1)
    assert TOKEN not in str(events)


def test_a_provider_brings_its_own_headers(target: FakeTarget) -> None:
    simulated(target, provider={"idp": "okta"})
    assert all("User-Agent: Okta SCIM Client 1.0.0" in request.headers for request in target.received)


def test_a_run_leaves_nothing_behind_but_what_was_there_unless_it_is_to_be_kept(target: FakeTarget) -> None:
    target.hold("Users", "stranger", userName="stranger@x")
    _, events = simulated(target)
    assert list(target.resources) == ["Users/stranger"]
    _, kept = simulated(target, keep=True)
    assert len(target.resources) > 3
    removed, left = [next(event for event in run if event["event"] == "cleanup") for run in (events, kept)]
    assert (removed["removed"] > 3, removed["left"], removed["kept"]) == (True, [], False)
    assert (left["removed"], len(left["left"]), left["kept"]) == (0, removed["removed"], True)
    assert_valid(events)
    assert_valid(kept)


@pytest.mark.parametrize("verify", ["touched", "by id"])
@pytest.mark.parametrize(
    ("answer", "code", "field", "words"),
    [
        ((405, {}), 1, "left", "resources could not be removed."),
        ((204, None), 0, "still_listed", "The target still lists"),
    ],
    ids=["refuses", "only says so"],
)
def test_what_remains_decides_the_exit_code(
    target: FakeTarget, verify: str, answer: Any, code: int, field: str, words: str
) -> None:
    """A rejected DELETE leaves something behind; a soft delete that goes on showing the resource is only reported."""
    target.rule = lambda request: answer if request.method == "DELETE" else "well"
    outcome, events = simulated(target, verify=verify)
    (cleanup,) = [event for event in events if event["event"] == "cleanup"]
    end = events[-1]
    assert (exit_code_of(outcome), end["exit_code"], outcome.good) == (code, code, True)
    remaining = {f"/{path}" for path in target.resources}
    assert {name: set(cleanup[name]) for name in ("left", "still_listed")} == {
        "left": set(), "still_listed": set(), field: remaining,
    }  # fmt: skip
    assert end["summary"][field] == len(remaining) > 3
    assert words in end["verdict"]
    assert_valid(events)


def test_a_mapping_that_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    assert schema_of(Scenario()) is None
    scenario = Scenario.model_validate({"provider": {"mapping": str(tmp_path / "missing.json")}})
    with pytest.raises(BadInput, match=r"^--mapping: .*missing\.json"):
        schema_of(scenario)


def test_a_stream_without_a_path_goes_with_its_block(tmp_path: Path) -> None:
    with open_stream(None) as (stream, place):
        stream.write(PhaseEvent(event="phase", name="live", state="start", detail=""))
        assert place.is_file()
    assert not place.exists()
    with open_stream(tmp_path / "run.jsonl") as (stream, place):
        stream.write(PhaseEvent(event="phase", name="live", state="start", detail=""))
    assert place.read_bytes().startswith(b'{"event":"phase"')


def test_without_a_reader_a_run_makes_no_events_for_requests_and_turns_and_is_otherwise_the_same(
    tmp_path: Path,
) -> None:
    scenario = Scenario.model_validate({"users": 4, "days": 1, "life": "random"})
    runs = []
    for is_read in (True, False):
        heard: list[Any] = []
        with open_stream(None, heard.append, is_read=is_read) as (stream, place):
            outcome = asyncio.run(Simulation(scenario, DryTarget(), stream).rehearse())
            assert place.is_file() is is_read
        told = [event for event in heard if event["event"] not in ("exchange", "entry")]
        runs.append((outcome.requests_hash, outcome.requests, told))
        assert sum(event["event"] == "exchange" for event in heard) == (outcome.requests if is_read else 0)
        assert any(event["event"] == "entry" for event in heard) is is_read
    assert runs[0] == runs[1]


def test_outputs_that_cannot_be_written_are_rejected_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    below = tmp_path / "file" / "report.html"
    with pytest.raises(BadInput, match=r"report\.html: "):
        check_writable(None, below)
    with pytest.raises(BadInput, match=r"report\.html: "):
        write_output(below, "x")
    with pytest.raises(BadInput, match=r"run\.jsonl: "), open_stream(tmp_path / "missing" / "run.jsonl"):
        pass
    check_writable(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"
    write_output(tmp_path / "new" / "folder" / "r.html", "Łucja")
    assert (tmp_path / "new" / "folder" / "r.html").read_text("utf-8") == "Łucja"
