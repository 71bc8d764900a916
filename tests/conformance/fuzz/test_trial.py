"""A failing case is made small and shown from its beginning."""

from __future__ import annotations

import json

import pytest

from reference_server.embedded import EmbeddedServer
from tests.conformance.fuzz.flawed_server import KeepsTheDead, Serve, crashes_at_a_nick_name
from tests.conformance.fuzz.fuzz_runs import fuzz


@pytest.mark.slow
def test_failing_case_is_made_small_and_shown(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(crashes_at_a_nick_name), shared_server.token, examples=20, only="create_user.pos")
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
