"""What Entra makes of wrong answers: its error codes, and whom they concern (docs/notes/entra.md 6.1, 6.4)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.fake_target import LIST, FakeTarget, Received, http
from tests.simulator.engine import Engine
from tests.simulator.failing_target import ERROR, HTML, SCIM, on


@pytest.mark.parametrize(
    ("method", "answer", "code"),
    [
        # 6.1
        ("POST", (400, ERROR), f"{SCIM}ServiceIncompatible"),  # getsentry/sentry#84941
        ("POST", (401, ERROR), "Unauthorized"),
        ("POST", (403, ERROR), "InsufficientRights"),
        ("POST", (404, ERROR), "InvalidAnchor"),
        ("POST", (405, ERROR), "MethodNotAllowed"),
        ("POST", (409, ERROR), f"{SCIM}ServiceIncompatibleFiltering"),  # the filter found no user
        ("POST", (422, ERROR), "UnprocessableEntity"),
        ("POST", (429, ERROR), "TooManyRequests"),
        ("POST", (500, ERROR), "InternalServerError"),
        ("POST", (501, ERROR), "NotImplemented"),
        ("POST", (503, None), "InternalServerError"),
        ("POST", None, "WebExceptionProtocolError"),  # the connection is closed without a word
        ("POST", b"HTTP/1.1 201 Created\r\ncontent-length: 999\r\n\r\n{", "WebExceptionProtocolError"),
        ("POST", b"this is not HTTP\r\n\r\n", "WebExceptionProtocolError"),
        ("POST", http(307, None, location="http://127.0.0.1:9/elsewhere"), f"{SCIM}ServiceIncompatible"),
        # wrong answers
        ("POST", (201, {"userName": "x"}), f"{SCIM}ServiceIncompatible"),  # no id
        ("POST", (201, {"id": 7}), f"{SCIM}ServiceIncompatible"),
        ("POST", (201, None), f"{SCIM}ServiceIncompatible"),
        ("POST", http(201, b"{broken"), f"{SCIM}ServiceIncompatible"),
        ("GET", HTML, f"{SCIM}ServiceIncompatible"),
        ("GET", (200, []), f"{SCIM}ServiceIncompatible"),
        ("GET", (200, {"Resources": []}), f"{SCIM}ServiceIncompatible"),  # no totalResults
        ("GET", (200, {"schemas": [LIST], "totalResults": 1, "Resources": [{}]}), f"{SCIM}ServiceIncompatible"),
        (
            "GET",
            (200, {"schemas": [LIST], "totalResults": 2, "Resources": [{"id": "1"}, {"id": "2"}]}),
            f"{SCIM}MultipleEntriesInResponse",  # FusionAuth/fusionauth-issues#3111
        ),
        ("GET", (400, ERROR), f"{SCIM}ServiceIncompatible"),
        ("GET", (404, ERROR), "InvalidAnchor"),
    ],
)
def test_wrong_answer_is_a_failure_of_that_object_alone(
    target: FakeTarget, method: str, answer: Any, code: str
) -> None:
    target.rule = on(method, answer)
    engine = Engine(target)
    engine.person("Anna Smith")
    report = engine.cycle()
    assert (engine.turn().status, engine.turn().error_code) == ("Failure", code)
    assert (report.failed, report.escrowed, report.quarantine) == (1, 1, "")
    target.rule = lambda request: "well"
    engine.cycle()  # the first retry is the next cycle's (6.2)
    assert engine.turn().status == "Success"
    assert (engine.turn().tries, engine.turn().steps[0].name) == (1, "EntryEscrowRetry")


@pytest.mark.parametrize("code", ["ServiceIncompatible", "BadRequest"])
def test_code_of_a_400_by_knob(target: FakeTarget, code: str) -> None:
    """getsentry/sentry#84941; 1Password/scim-examples#82 of 2019."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target, bad_request_code=code)
    engine.person("Anna Smith")
    engine.cycle()
    assert engine.turn().error_code == f"{SCIM}{code}"


def test_retry_has_the_details_of_its_escrow(target: FakeTarget) -> None:
    """The step EntryEscrowRetry of a captured log entry (SumoLogic's sample of 03/2026)."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    failed_at = engine.now
    engine.cycle()
    step = engine.turn().steps[0]
    moment = failed_at.isoformat().replace("+00:00", "Z")
    assert (step.name, step.details) == (
        "EntryEscrowRetry",
        {
            "CountProcessed": "1",
            "CreationTime": moment,
            "Identifier": "id-anna",
            "ModificationType": "Add",
            "NextAttempt": moment,
            "Origin": "Source",
            "TypeName": "EscrowedEntryDefault",
        },
    )


def test_string_manager_in_an_answer_is_rejected(target: FakeTarget) -> None:
    """Quirk 7: a bare id is sent, an object is demanded."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    target.rule = on("POST", (201, {"id": "7", urn: {"manager": "8"}}))
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    assert engine.turn().error_code == f"{SCIM}ServiceIncompatible"
    assert "manager" in engine.turn().reason


def test_members_that_were_excluded_are_rejected(target: FakeTarget) -> None:
    engine = Engine(target, members_shown="fail")
    group = engine.group("Sales")
    engine.cycle()
    target.rule = on("GET", (200, {"id": "g1", "displayName": "Sales", "members": [{"value": "1"}]}))
    engine.directory.rename_group(engine.now, group, "Sellers")
    engine.cycle()
    assert engine.turn("group").error_code == f"{SCIM}MultipleEntriesInResponse"


def test_answer_that_does_not_come_is_a_timeout_and_is_tried_in_the_next_cycle(target: FakeTarget) -> None:
    """LOGS: time-outs are transient."""
    slow = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\n"
    gate = on("POST", slow)
    given_up = threading.Event()

    def rule(request: Received) -> Any:
        if request.method == "POST":
            given_up.wait(600)  # keep the connection open until the client gives up
        return gate(request)

    engine = Engine(target, timeout_s=2)
    target.rule = rule
    engine.person("Anna Smith")
    engine.cycle()
    given_up.set()
    assert engine.turn().error_code == "Timeout"
    assert engine.turn().next_attempt == engine.now


@pytest.mark.parametrize(("knob", "writes"), [("rematch", ["POST"]), ("fail", [])])
def test_linked_user_is_gone(target: FakeTarget, knob: str, writes: list[str]) -> None:
    """6.4: a clean 404 drops the link, and matching starts over; or InvalidAnchor."""
    engine = Engine(target, on_404=knob)
    anna = engine.person("Anna Smith")
    engine.cycle()
    target.resources.clear()
    engine.directory.update_user(engine.now, anna, jobTitle="Lead")
    engine.cycle()
    assert [line.partition(" ")[0] for line in target.writes()] == writes
    assert engine.turn().error_code == (None if writes else "InvalidAnchor")


def test_delete_of_who_is_gone_is_success(target: FakeTarget) -> None:
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.cycle()
    target.resources.clear()
    engine.directory.purge(engine.now, anna)
    engine.cycle()
    assert (engine.turn().action, engine.turn().status) == ("Delete", "Success")


def test_missing_matching_value_is_import_skipped(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith", userPrincipalName=None)
    engine.cycle()
    assert engine.turn().error_code == "ImportSkipped"
    assert target.writes() == []


@pytest.mark.parametrize(("knob", "requests", "pauses"), [(False, 1, []), (True, 2, [7.0])])
def test_429_is_heeded_by_knob(target: FakeTarget, knob: bool, requests: int, pauses: list[float]) -> None:
    """6.3: nothing documents that Retry-After is looked at."""
    target.rule = on("POST", http(429, ERROR, retry_after="7"))
    engine = Engine(target, honor_retry_after=knob)
    engine.person("Anna Smith")
    engine.cycle()
    assert len(target.lines("POST")) == requests
    assert engine.pauses == pauses
    assert engine.turn().error_code == "TooManyRequests"
