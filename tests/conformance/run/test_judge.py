"""Judging one check: what its exceptions and the responses that it cannot read mean."""

from __future__ import annotations

from dataclasses import replace

from conformance.check_api.session import Plan, Session
from conformance.run.collect import collect
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer
from tests.fake_target import fake_target


def test_exception_in_a_check_is_undecided_with_its_traceback(own_server: EmbeddedServer) -> None:
    """A check that fails itself is UNDECIDED and never passes."""
    client = Client(own_server.base_url, own_server.token)
    target = discover(client)
    check = collect(["rfc"], "test_add_sets_a_single_value", target=target)[0]

    def crash(**_: object) -> None:
        raise ZeroDivisionError("oops")

    object.__setattr__(check, "call", crash)
    event = check_event(check, carry_out(check, client, target, Plan("crash")))
    assert event["verdict"] == "UNDECIDED"
    assert "ZeroDivisionError" in event["message"]
    assert "Traceback" in event["traceback"]


def test_a_response_that_is_not_http_fails_the_check_and_is_no_silence() -> None:
    """The server responded: it is not gone, nothing is undecided, and the check runs once."""

    def read(scim: Session) -> None:
        scim.get("/Users")

    malformed = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"
    check = replace(collect(["rfc"], "test_add_sets_a_single_value")[0], call=read)
    with fake_target(lambda request: malformed) as server:
        client = Client(server.url, "token")
        events = [check_event(check, carry_out(check, client, Target(), Plan("http"))) for _ in range(8)]
    assert {event["verdict"] for event in events} == {"FAIL"}
    assert {event["attempts"] for event in events} == {1}
    assert "several Content-Length headers (RFC 9112 section 6.3)" in events[0]["message"]
    assert not client.network_faults.gone
    assert client.network_faults.no_answers == 0
