"""A turn records what happened to one object: its requests with their cause, its steps, and its result or failure."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.provisioning.answers import Failed, Fault
from simulator.provisioning.request import Request, read_user
from simulator.provisioning.turn import Turn, seconds_asked
from simulator.wire.exchange import Exchange, LocalAnswer

AT = datetime(2026, 3, 2, tzinfo=UTC)


class Target:
    """Answers with these statuses, in order, and keeps the causes and the pauses."""

    def __init__(self, *statuses: int, retry_after: str = "") -> None:
        self.statuses = list(statuses)
        self.headers = {"retry-after": retry_after} if retry_after else {}
        self.causes: list[dict[str, str]] = []
        self.pauses: list[float] = []

    async def send(self, request: Request, cause: dict[str, str]) -> Exchange:
        self.causes.append(cause)
        answer = LocalAnswer(self.statuses.pop(0), headers=self.headers)
        return Exchange.never_sent(request, "http://target", answer, cause=cause)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def turn(self, kind: Any = "user", *, heeds: bool = False) -> Turn:
        def report(failure: Failed, turn: Turn) -> tuple[str, str]:
            return failure.fault.name, failure.reason

        return Turn(kind, "anna", "Anna", AT, 3, self.send, report, self.pause if heeds else None)


@pytest.mark.parametrize(
    ("kind", "what", "place", "is_reference"),
    [
        ("user", "user", "person", False),
        ("manager", "user", "person", True),
        ("group", "group", "group", False),
        ("members", "group", "group", True),
    ],
)
def test_a_request_names_its_cycle_and_its_object(kind: str, what: str, place: str, is_reference: bool) -> None:
    target = Target(200)
    turn = target.turn(kind)
    asyncio.run(turn.send(read_user("u1"), person="bert") if kind == "members" else turn.send(read_user("u1")))
    expected = {"cycle": "3", place: "anna"} | ({"person": "bert"} if kind == "members" else {})
    assert target.causes == [expected]
    assert (turn.what, turn.is_reference) == (what, is_reference)


@pytest.mark.parametrize(
    ("heeds", "statuses", "sent", "pauses"),
    [
        (False, [429], [429], []),
        (True, [429, 200], [429, 200], [7.0]),
        (True, [429, 429], [429, 429], [7.0]),  # one more attempt, not an endless loop
        (True, [503], [503], []),
    ],
)
def test_a_429_is_heeded_once_if_the_setting_says_so(
    heeds: bool, statuses: list[int], sent: list[int], pauses: list[float]
) -> None:
    target = Target(*statuses, retry_after="7")
    turn = target.turn(heeds=heeds)
    last = asyncio.run(turn.send(read_user("u1")))
    assert [exchange.status for exchange in turn.exchanges] == sent
    assert last is turn.exchanges[-1]
    assert target.pauses == pauses


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("3600", 60.0),
        ("", 1.0),
        ("soon", 1.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1.0),
        ("-3", 1.0),
    ],
)
def test_a_pause_is_as_long_as_asked_and_at_most_a_minute(header: str, seconds: float) -> None:
    answer = LocalAnswer(429, headers={"retry-after": header} if header else {})
    assert seconds_asked(Exchange.never_sent(read_user("u1"), "http://target", answer)) == seconds


@pytest.mark.parametrize(
    ("error", "code", "transient"),
    [
        (Failed(Fault.REJECTED, "create user: answered 400"), "REJECTED", False),
        (Failed(Fault.TIMED_OUT, "no answer within 5 s", transient=True), "TIMED_OUT", True),
        (ExpressionError("title: no such function"), "MAPPING", False),
    ],
)
def test_a_failure_is_recorded_and_stops_no_other_turn(error: Exception, code: str, transient: bool) -> None:
    async def take(turn: Turn) -> None:
        turn.action = "Create"
        raise error

    turn = Target().turn()
    asyncio.run(turn.taken(take))
    assert (turn.status, turn.error_code, turn.transient) == ("Failure", code, transient)
    assert str(error) in turn.reason
    [step] = turn.steps
    assert (step.name, step.kind, step.status) == ("EntryExportAdd", "export", "Failure")
    assert step.details == {"ErrorCode": code, "Reason": turn.reason}


def test_an_unexpected_error_is_not_hidden() -> None:
    async def take(turn: Turn) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(Target().turn().taken(take))


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("Create", "EntryExportAdd"),
        ("Update", "EntryExportUpdate"),
        ("Disable", "EntryExportUpdate"),
        ("Delete", "EntryExportDelete"),
    ],
)
def test_each_action_has_its_step_in_the_log(action: Any, step: str) -> None:
    turn = Target().turn()
    turn.succeed(action, "u1")
    assert (turn.status, turn.action, turn.target_id) == ("Success", action, "u1")
    assert [one.name for one in turn.steps] == [step]


def test_a_warning_outlasts_a_success() -> None:
    turn = Target().turn()
    turn.warn("ProbeFoundSomebody", "with a random GUID")
    turn.succeed("Update")
    assert (turn.status, turn.error_code, turn.action) == ("Warning", "ProbeFoundSomebody", "Update")


def test_a_skipped_turn_has_its_reason_in_the_log() -> None:
    turn = Target().turn()
    turn.skip("RedundantExport", "both match")
    assert (turn.status, turn.error_code, turn.reason) == ("Skipped", "RedundantExport", "both match")
    details: dict[str, Any] = turn.steps[0].details
    assert details == {"SkipReason": "RedundantExport"}
