"""A failing case is made small and shown from its beginning."""

from __future__ import annotations

import json

import pytest

from conformance.fuzz.run import FuzzOptions, run_fuzz
from conformance.target.client import Client
from conformance.target.discovery import Target
from reference_server.embedded import EmbeddedServer
from simulator.stream.events import CheckResultEvent
from tests.conformance.fuzz.flawed_server import KeepsTheDead, Serve, crashes_at_a_nick_name
from tests.conformance.fuzz.fuzz_runs import fuzz
from tests.fake_target import fake_target


@pytest.mark.slow
def test_failing_case_is_made_small_and_shown(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(crashes_at_a_nick_name), shared_server.token, seed=3, examples=20, only="create_user.pos")
    event = fuzzed.named("fuzz_create_user[positive]")
    assert event["verdict"] == "FAIL"
    assert event["message"] == "POST /Users: the server returned 500"
    assert event["requirements"] == ["RFC7644-3.12-16", "RFC7644-3.12-08"]
    assert event["consequence"]
    assert event["fix"]
    (shown,) = fuzzed.shown(event)
    body = json.loads(shown.request_body or b"")
    assert shown.status == 500
    assert set(body) - {"id", "meta", "groups"} == {"schemas", "userName", "nickName"}
    assert len(body["nickName"]) == 3


@pytest.mark.slow
def test_story_that_fails_is_shown_from_its_beginning(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(KeepsTheDead()), shared_server.token, examples=10, only="stateful_user")
    shown = fuzzed.shown(fuzzed.named("fuzz_stateful_user"))
    assert [exchange.method for exchange in shown] == ["POST", "GET", "DELETE", "GET"]
    assert [exchange.status for exchange in shown] == [201, 200, 204, 200]


def test_a_response_that_is_not_http_fails_the_fuzzing_check() -> None:
    events: list[CheckResultEvent] = []
    with fake_target(lambda request: b"HTTP/1.1 200 OK\r\nX-Own : 1\r\n\r\n") as server:
        options = FuzzOptions(1, 2, lambda name: name == "fuzz_list_user[positive]")
        run_fuzz(Client(server.url, "token"), Target(), options, write=events.append)
    (event,) = events
    assert event["verdict"] == "FAIL"
    assert event["message"].startswith("GET /Users: the response is not valid HTTP: a header whose name")
    assert (event["requirements"], event["level"]) == (["RFC7644-3.2-13"], "refusal")
    assert len(event["exchanges"]) == 1
