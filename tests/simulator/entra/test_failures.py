"""What Entra makes of wrong answers: error codes, escrow, quarantine, back-off, held-back deletions (entra.md 6)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from simulator.entra.error_codes import error_code
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.escrow import Escrows
from simulator.provisioning.quarantine import backoff, reason_of
from simulator.provisioning.state import ResetScope
from simulator.provisioning.status import job_status
from tests.fake_target import LIST, FakeTarget, Received, http
from tests.simulator.entra.engine import START, STEP, Engine, bodies

SCIM = "SystemForCrossDomainIdentityManagement"
PROBES = 2
ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no", "status": "400"}
HTML = http(200, b"<html><body>Please log in</body></html>", "text/html")


def on(method: str, answer: Any) -> Any:
    """A rule: requests of that method, the probes aside, get this answer."""
    seen = 0

    def rule(request: Received) -> Any:
        nonlocal seen
        seen += 1
        return "well" if request.method != method or (method == "GET" and seen <= PROBES) else answer

    return rule


@pytest.mark.parametrize(
    ("method", "answer", "code"),
    [
        # 6.1
        ("POST", (400, ERROR), f"{SCIM}BadRequest"),
        ("POST", (401, ERROR), "Unauthorized"),
        ("POST", (403, ERROR), "InsufficientRights"),
        ("POST", (404, ERROR), "InvalidAnchor"),
        ("POST", (405, ERROR), "MethodNotAllowed"),
        ("POST", (409, ERROR), f"{SCIM}ServiceIncompatibleFiltering"),  # the filter had found nobody
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
            "DuplicateTargetEntries",
        ),
        ("GET", (400, ERROR), f"{SCIM}BadRequest"),
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


def test_string_manager_in_an_answer_is_refused(target: FakeTarget) -> None:
    """Quirk 7: a bare id is sent, an object is demanded."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    target.rule = on("POST", (201, {"id": "7", urn: {"manager": "8"}}))
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    assert engine.turn().error_code == f"{SCIM}ServiceIncompatible"
    assert "manager" in engine.turn().reason


def test_members_that_were_excluded_are_refused(target: FakeTarget) -> None:
    engine = Engine(target)
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


@pytest.mark.parametrize(("knob", "status"), [("trust", "Warning"), ("refuse", "Failure")])
def test_match_that_does_not_match(target: FakeTarget, knob: str, status: str) -> None:
    """A target that ignores filters gives somebody else; Entra is not known to look."""
    stranger = {"id": "s", "userName": "stranger@x"}
    target.hold("Users", "s", **stranger)
    target.rule = lambda request: (
        (200, {"schemas": [LIST], "totalResults": 1, "Resources": [stranger]}) if "anna" in request.path else "well"
    )
    engine = Engine(target, wrong_match=knob)
    engine.person("Anna Smith")
    engine.cycle()
    assert engine.turn().status == status
    assert ("PATCH /Users/s" in " ".join(bodies(target.writes()))) is (knob == "trust")
    assert "stranger@x" in engine.turn().reason


@pytest.mark.parametrize(("knob", "status"), [("trust", "Warning"), ("refuse", "Failure")])
def test_group_that_does_not_match(target: FakeTarget, knob: str, status: str) -> None:
    stranger = target.hold("Groups", "s", displayName="Strangers")
    target.rule = lambda request: (
        (200, {"schemas": [LIST], "totalResults": 1, "Resources": [stranger]}) if "Sales" in request.path else "well"
    )
    engine = Engine(target, wrong_match=knob)
    engine.group("Sales")
    engine.cycle()
    assert engine.turn("group").status == status
    assert "Strangers" in engine.turn("group").reason


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


# ── escrow (6.2) ──


@pytest.mark.parametrize(
    ("from_first", "hours"),
    [(False, [0, 6, 12, 24, 24, 24]), (True, [0, 6, 12, 24, 48, 72])],
)
def test_retries_grow_rarer(from_first: bool, hours: list[int]) -> None:
    """As observed in 03/2026, from the latest attempt; by knob as QUAR words it, from the first failure."""
    escrows, now = Escrows(from_first_failure=from_first), START
    for wait in hours:
        escrow = escrows.add(("user", "a"), now, next_cycle=False)
        assert escrow is not None
        base = START if from_first and wait else now
        assert escrow.next_attempt == max(base + timedelta(hours=wait), now)
        now = escrow.next_attempt


def test_escrow_is_given_up_after_28_days() -> None:
    escrows, now, tries = Escrows(), START, 0
    while (escrow := escrows.add(("user", "a"), now, next_cycle=False)) is not None:
        now, tries = max(escrow.next_attempt, now + STEP), tries + 1
    assert now - START > timedelta(days=28)
    assert 28 <= tries <= 32
    assert len(escrows) == 0


def test_escrow_through_the_job(target: FakeTarget) -> None:
    """A 400 is tried in the next cycle, then six hours later; a change of the source at once (6.2)."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.cycle()
    assert engine.turn().tries == 1
    assert engine.turn().next_attempt == engine.now + timedelta(hours=6)
    engine.cycle()
    assert target.lines("POST") == []
    engine.cycle(timedelta(hours=6))
    assert len(target.lines("POST")) == 1
    engine.directory.update_user(engine.now, anna, jobTitle="Lead")
    engine.cycle()
    assert len(target.lines("POST")) == 1


def test_reference_failure_is_its_own_escrow(target: FakeTarget) -> None:
    """QUAR: manager and member failures do not fail the object."""
    target.rule = on("PATCH", (400, ERROR))
    engine = Engine(target)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith")
    engine.directory.set_manager(engine.now, anna, boss)
    engine.group("Sales", anna)
    report = engine.cycle()
    assert engine.turn(name="Anna Smith", kind="user").status == "Success"
    assert (report.failed, report.failed_references) == (2, 2)
    assert engine.job.state.escrows.counts() == (0, 2)


def test_member_who_is_not_there_yet_is_held_back_until_they_are(target: FakeTarget) -> None:
    """2.7: a reference whose target's export failed is retried."""
    target.rule = lambda request: (400, ERROR) if request.method == "POST" and b'"anna@' in request.body else "well"
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.group("Sales", anna)
    engine.cycle()
    target.rule = lambda request: "well"
    engine.cycle()
    assert any('"path":"members"' in line for line in target.lines("PATCH"))


def test_manager_who_comes_into_scope_later_is_not_linked_until_a_restart(target: FakeTarget) -> None:
    """KNOWN, quirk 16."""
    engine = Engine(target)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith")
    engine.directory.set_manager(engine.now, anna, boss)
    engine.directory.unassign(engine.now, boss)
    engine.cycle()
    engine.directory.assign(engine.now, boss)
    engine.cycle()
    assert not any("manager" in line for line in target.lines("PATCH"))
    engine.job.restart()
    engine.cycle()
    assert any("manager" in line for line in target.lines("PATCH"))


def test_a_thousand_lost_replies_end_in_one_person_each(target: FakeTarget) -> None:
    """reliability.md T9: each POST is done and its answer cut; the next cycle matches and links what is there."""
    lost: set[bytes] = set()

    def rule(request: Received) -> Any:
        if request.method != "POST" or request.body in lost:
            return "well"
        lost.add(request.body)
        target._well(request)
        return None

    target.rule = rule
    engine = Engine(target, lanes=8)
    for number in range(1_000):
        engine.person(f"P{number} X")
    assert engine.cycle().failed == 1_000
    assert engine.cycle().failed == 0
    names = [held["userName"] for key, held in target.resources.items() if key.startswith("Users/")]
    assert len(names) == len(set(names)) == len(engine.job.state.users) == 1_000
    assert target.lines("POST") == []


# ── quarantine (6.5) ──


@pytest.mark.parametrize(
    ("failed", "references", "events", "reason"),
    [
        (4_000, 0, 4_000, None),  # QUAR's own examples
        (30_000, 0, 35_000, "EncounteredEscrowProportionThreshold"),
        (20_000, 0, 120_000, None),
        (45_000, 0, 10_000_000, "EncounteredBaseEscrowThreshold"),
        (39_000, 22_000, 10_000_000, "EncounteredTotalEscrowThreshold"),
        (1_000, 50_000, 51_000, None),  # references do not count for the share
        (5_000, 0, 12_000, "EncounteredEscrowProportionThreshold"),
        (4_999, 0, 5_000, None),
    ],
)
def test_thresholds(failed: int, references: int, events: int, reason: str | None) -> None:
    assert reason_of(failed, references, events) == reason


def test_back_off_doubles_to_a_day() -> None:
    """GRAPH's sample: five minutes; HOW: gradually reduced to once per day."""
    assert [backoff(n, daily=False) for n in (1, 2, 3, 4)] == [timedelta(minutes=m) for m in (5, 10, 20, 40)]
    assert backoff(50, daily=False) == backoff(1, daily=True) == timedelta(days=1)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((401, ERROR), f"{SCIM}InvalidCredentials", "Invalid credentials"),
        ((404, ERROR), f"{SCIM}ServiceIncompatible", "200 with an empty list"),
        (HTML, f"{SCIM}ServiceIncompatible", "Please log in"),
        ((500, None), "InternalServerError", "500"),
        (None, "WebExceptionProtocolError", "cannot be reached"),
    ],
)
def test_failing_connection_test_quarantines_at_once(target: FakeTarget, answer: Any, code: str, words: str) -> None:
    """QUAR: credentials, probe, incompatibility, whatever the counts."""
    engine = Engine(target)
    engine.person("Anna Smith")
    target.rule = lambda request: answer
    for seconds in (5, 10, 20):
        with pytest.raises(ConnectionTestFailed) as failed:
            engine.cycle()
        assert error_code(failed.value.failure) == code
        assert words in str(failed.value)
        held = engine.job.state.quarantine
        assert held is not None
        assert held.reason == "EncounteredQuarantineException"
        assert engine.job.next_cycle_at(engine.now) == engine.now + timedelta(minutes=seconds)
    assert {request.path.partition("?")[0] for request in target.received} == {
        "/scim/Users"
    }  # groups are not asked any more
    target.rule = lambda request: "well"
    assert engine.cycle().quarantine == ""
    assert engine.job.state.quarantine is None
    assert engine.job.next_cycle_at(engine.now) == engine.now + STEP


def test_job_is_disabled_after_four_weeks_and_runs_again_after_a_restart(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    target.rule = lambda request: (401, ERROR)
    for _ in range(100):
        with pytest.raises(ConnectionTestFailed):
            engine.cycle(timedelta(days=1))
        if engine.job.next_cycle_at(engine.now) is None:
            break
    assert engine.now - START >= timedelta(days=27)
    assert engine.job.state.is_disabled
    target.rule = lambda request: "well"
    engine.job.restart()
    assert engine.cycle().exported == 1


def test_initial_cycle_prunes_escrows_and_then_pauses(target: FakeTarget) -> None:
    """GRAPH, quirk 43: beyond the threshold the errors are cleared, the cycle runs on, then the job waits."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target, lanes=16)
    for number in range(5_050):
        engine.person(f"P{number} X")
    report = engine.cycle()
    assert report.failed == 5_050
    assert report.escrows_pruned
    assert engine.job.next_cycle_at(engine.now) is None
    assert report.escrowed < 100


# ── deletions held back (6.6) ──


def five_leave(engine: Engine) -> list[str]:
    people = [engine.person(f"P{number} X") for number in range(6)]
    engine.cycle()
    for person in people[:5]:
        engine.directory.unassign(engine.now, person)
    return people


def test_deletions_beyond_the_threshold_are_held_back_until_allowed(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    five_leave(engine)
    report = engine.cycle()
    assert target.writes() == []
    assert {turn.action for turn in engine.turns if turn.kind == "user"} == {"StagedDelete"}
    assert (report.staged, report.quarantine) == (5, "TooManyDeletes")
    engine.job.restart([ResetScope.FORCE_DELETES])
    engine.cycle()
    assert len(target.lines("PATCH")) == 5
    assert engine.job.state.quarantine is None


def test_deletions_are_rejected_by_repairing_the_source(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    people = five_leave(engine)
    engine.cycle()
    for person in people[:5]:
        engine.directory.assign(engine.now, person)
    engine.job.restart()
    engine.cycle()
    assert target.writes() == []
    assert engine.job.state.quarantine is None


def test_threshold_looks_at_one_cycle_only(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    people = [engine.person(f"P{number} X") for number in range(6)]
    engine.cycle()
    for leavers in (people[:3], people[3:]):
        for person in leavers:
            engine.directory.block(engine.now, person)
        engine.cycle()
        assert len(target.lines("PATCH")) == 3


# ── restart and stop (2.5) ──


@pytest.mark.parametrize(
    ("scopes", "looked_up", "read"),
    [
        ([], 0, 1),  # the portal's button: watermark, escrows, quarantine; links stay
        ([ResetScope.FULL], 1, 0),
        ([ResetScope.CONNECTOR_DATA_STORE], 1, 0),
        ([ResetScope.WATERMARK], 0, 1),
        ([ResetScope.ESCROWS], 0, 0),
        ([ResetScope.NONE], 0, 0),
    ],
)
def test_restart(target: FakeTarget, scopes: list[ResetScope], looked_up: int, read: int) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    target.resources["Users/u1"]["displayName"] = "Drifted"  # not noticed before a restart (KNOWN, quirk 23)
    engine.cycle()
    assert target.writes() == []
    engine.job.restart(scopes)
    engine.cycle()
    gets = bodies(target.lines("GET"))[PROBES:]
    assert [line for line in gets if "filter" in line] == gets[:looked_up]
    assert len(gets) == looked_up + read
    assert len(target.lines("PATCH")) == (1 if looked_up + read else 0)


def test_stop_keeps_watermark_and_links(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    engine.job.stop()
    assert engine.job.next_cycle_at(engine.now) is None
    engine.job.restart([ResetScope.NONE])
    assert engine.job.next_cycle_at(engine.now) == engine.now + STEP
    engine.cycle()
    assert target.lines() == target.lines()[:PROBES]


def test_stop_finishes_the_cycle(target: FakeTarget) -> None:
    """KNOWN, quirk 25."""
    engine = Engine(target)
    for number in range(5):
        engine.person(f"P{number} X")

    def rule(request: Received) -> Any:
        if request.method == "POST":
            engine.job.stop()
        return "well"

    target.rule = rule
    assert engine.cycle().exported == 5
    assert engine.job.next_cycle_at(engine.now) is None


def test_from_sync_all_to_assigned_needs_a_restart(target: FakeTarget) -> None:
    """KNOWN, quirk 24."""
    engine = Engine(target)
    engine.directory.sync_all = True
    engine.directory.unassign(engine.now, engine.person("Anna Smith"))
    engine.cycle()
    engine.directory.sync_all = False
    engine.cycle()
    assert target.writes() == []
    engine.job.restart()
    engine.cycle()
    assert '"value":"False"' in target.writes()[0]


# ── the status document (7.3) ──


def test_status_document_follows_the_job(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    healthy = job_status(engine.job, engine.cycle())
    assert healthy["schedule"] == {"interval": "PT40M", "state": "Active", "expiration": None}
    assert healthy["status"]["code"] == "Active"
    assert healthy["status"]["lastExecution"]["countExported"] == 1
    assert healthy["status"]["synchronizedEntryCountByType"][0]["value"] == 1
    target.rule = lambda request: (401, ERROR)
    with pytest.raises(ConnectionTestFailed):
        engine.cycle()
    offended = job_status(engine.job, engine.job.report)["status"]
    assert (offended["code"], offended["countSuccessiveCompleteFailures"]) == ("Quarantine", 1)
    assert offended["quarantine"]["nextAttempt"] == (engine.now + timedelta(minutes=5)).isoformat()
    engine.job.stop()
    assert job_status(engine.job, engine.job.report)["schedule"]["state"] == "Disabled"
