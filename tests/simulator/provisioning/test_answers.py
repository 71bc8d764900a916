"""What is wrong with an answer, in terms that every provider translates (RFC 7644 sections 3.4.2 and 3.12)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.provisioning.answers import Failed, Fault, connection_test_failed, expect, listed, resource_of
from simulator.provisioning.request import Request
from simulator.wire.exchange import Exchange, LocalAnswer

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def answered(status: int | None, body: Any = None, failure: str | None = None, *, timed_out: bool = False) -> Exchange:
    request = Request("GET", "/Users", None, "read user")
    return Exchange.never_sent(
        request, "http://target", LocalAnswer(status, body, failure=failure, timed_out=timed_out)
    )


@pytest.mark.parametrize(
    ("exchange", "fault", "transient", "words"),
    [
        (answered(400, {"detail": "no such attribute"}), Fault.REJECTED, False, "returned 400 (no such attribute)"),
        (answered(501), Fault.REJECTED, False, "returned 501"),
        (answered(503), Fault.REJECTED, True, "returned 503"),
        (answered(429), Fault.REJECTED, True, "returned 429"),
        (answered(307), Fault.REJECTED, False, "redirects are not followed"),
        (answered(None, failure="too late", timed_out=True), Fault.TIMED_OUT, True, "too late"),
        (answered(None, failure="not within reach"), Fault.NO_ANSWER, True, "not within reach"),
        (answered(None, failure="the connection was cut"), Fault.NO_ANSWER, True, "the connection was cut"),
    ],
)
def test_an_unexpected_answer_has_a_fault(exchange: Exchange, fault: Fault, transient: bool, words: str) -> None:
    with pytest.raises(Failed) as failed:
        expect(exchange, 200)
    assert (failed.value.fault, failed.value.transient) == (fault, transient)
    assert words in failed.value.reason


def test_a_conflict_after_a_match_is_a_fault_of_its_own() -> None:
    with pytest.raises(Failed) as failed:
        expect(answered(409), 201, conflict_after_match=True)
    assert failed.value.fault is Fault.CONFLICT_AFTER_MATCH


@pytest.mark.parametrize("body", [None, [], {"totalResults": "1", "Resources": []}, {"Resources": []}])
def test_what_is_not_a_list_response_is_not_scim(body: Any) -> None:
    with pytest.raises(Failed) as failed:
        listed(answered(200, body))
    assert failed.value.fault is Fault.NOT_SCIM


def test_a_list_response_without_resources_is_empty() -> None:
    assert listed(answered(200, {"totalResults": 0})) == []


@pytest.mark.parametrize("body", [{}, {"id": 7}, {"id": ""}, {"id": "1", ENTERPRISE: {"manager": "somebody"}}])
def test_what_is_not_a_resource_is_not_scim(body: Any) -> None:
    with pytest.raises(Failed) as failed:
        resource_of(answered(201, body), "Okta")
    assert failed.value.fault is Fault.NOT_SCIM


@pytest.mark.parametrize(
    ("exchange", "fault", "words"),
    [
        (answered(401), Fault.CREDENTIALS, "Invalid credentials"),
        (answered(404), Fault.NOT_SCIM, "200 with an empty list"),
        (answered(200, {"what": 1}), Fault.NOT_SCIM, "cannot be deserialized"),
        (answered(500), Fault.REJECTED, "returned 500"),
        (answered(None, failure="refused"), Fault.NO_ANSWER, "cannot be reached: refused"),
    ],
)
def test_a_failed_connection_test_is_explained(exchange: Exchange, fault: Fault, words: str) -> None:
    with pytest.raises(Failed) as failed:
        listed(exchange)
    error = connection_test_failed(exchange, failed.value)
    assert error.failure.fault is fault
    assert words in str(error)
