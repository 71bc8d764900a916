"""Judging one check: an exception in the check is undecided, with its traceback."""

from __future__ import annotations

from conformance.check_api.session import Plan
from conformance.run.collect import collect
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import EmbeddedServer


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
