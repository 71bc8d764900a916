"""Entra reads a user before a change, never clears a value, and disables users before it deletes them (docs/notes/entra.md 3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.synchronization_schema import SynchronizationSchema
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
OFF = f'PATCH /Users/u1 {PATCH}[{{"op":"Replace","path":"active","value":"False"}}]}}'
ON = OFF.replace("False", "True")
FIND = "GET /Users?filter=userName+eq+%22anna%40contoso.com%22"
MONTH = timedelta(days=31)


def sent(engine: Engine, after: timedelta = timedelta(minutes=40)) -> list[str]:
    """The requests of the next cycle after the two look-ups of the connection test."""
    engine.cycle(after)
    return bodies(engine.target.lines())[2:]


def joined(target: FakeTarget, **knobs: Any) -> Engine:
    engine = Engine(target, **knobs)
    engine.person("Anna Smith", jobTitle="Clerk", mail="anna@contoso.com")
    look_up, create = sent(engine)
    assert look_up == FIND
    assert create.startswith("POST /Users ")
    return engine


def test_a_new_user_has_real_booleans_and_no_references(target: FakeTarget) -> None:
    joined(target)
    body = target.received[-1].json
    assert body["active"] is True
    assert body["emails"] == [{"primary": True, "type": "work", "value": "anna@contoso.com"}]
    assert body["meta"] == {"resourceType": "User"}
    assert "manager" not in json.dumps(body)
    assert None not in body.values()


def test_all_changes_of_a_user_are_one_patch_after_a_read(target: FakeTarget) -> None:
    engine = joined(target)
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead", mobile="7")
    assert sent(engine) == [
        "GET /Users/u1",
        f'PATCH /Users/u1 {PATCH}[{{"op":"Replace","path":"title","value":"Lead"}},'
        '{"op":"Add","path":"phoneNumbers[type eq \\"mobile\\"].value","value":"7"}]}',
    ]
    assert engine.turn().modified == [("title", "Clerk", "Lead"), ('phoneNumbers[type eq "mobile"].value', None, "7")]


def test_a_value_that_is_removed_from_the_directory_stays_in_the_target(target: FakeTarget) -> None:
    """KNOWN: outbound provisioning never clears a value."""
    engine = joined(target)
    engine.directory.update_user(engine.now, "id-anna", jobTitle=None)
    assert sent(engine) == ["GET /Users/u1"]
    assert engine.turn().error_code == "RedundantExport"


@pytest.mark.parametrize("status", [200, 204])
def test_both_answers_to_a_patch_are_accepted(target: FakeTarget, status: int) -> None:
    engine = joined(target)
    target.rule = lambda request: (
        (status, {"id": "u1"} if status == 200 else None) if request.method == "PATCH" else "well"
    )
    engine.directory.block(engine.now, "id-anna")
    assert sent(engine) == ["GET /Users/u1", OFF]
    assert (engine.turn().action, engine.turn().status) == ("Disable", "Success")


def test_a_blocked_user_is_disabled_once_and_enabled_again(target: FakeTarget) -> None:
    engine = joined(target)
    engine.directory.block(engine.now, "id-anna")
    assert sent(engine) == ["GET /Users/u1", OFF]
    assert sent(engine) == []
    engine.directory.unblock(engine.now, "id-anna")
    assert sent(engine) == ["GET /Users/u1", ON]


def test_a_deleted_user_is_disabled_and_a_month_later_deleted(target: FakeTarget) -> None:
    engine = joined(target, soft_delete_renames=False)
    engine.directory.soft_delete(engine.now, "id-anna")
    assert sent(engine) == ["GET /Users/u1", OFF]
    assert sent(engine, MONTH) == ["DELETE /Users/u1"]
    assert engine.turn().action == "Delete"
    assert target.resources == {}


@pytest.mark.parametrize(("status", "result"), [(200, "Success"), (204, "Success"), (404, "Success"), (500, "Failure")])
def test_deleting_a_user_that_is_already_gone_is_a_success(target: FakeTarget, status: int, result: str) -> None:
    engine = joined(target)
    target.rule = lambda request: (status, None) if request.method == "DELETE" else "well"
    engine.directory.purge(engine.now, "id-anna")
    assert sent(engine) == ["DELETE /Users/u1"]
    assert engine.turn().status == result
    assert ("id-anna" in engine.job.state.users) is (result == "Failure")


def test_an_unassigned_user_is_disabled_and_never_deleted(target: FakeTarget) -> None:
    """HOW, known limitations: the service stops managing the user."""
    engine = joined(target)
    engine.directory.unassign(engine.now, "id-anna")
    assert sent(engine) == ["GET /Users/u1", OFF]
    engine.directory.purge(engine.now, "id-anna")
    assert sent(engine) == []
    assert engine.job.state.released == {"u1": "Anna Smith"}


Leave = Callable[[Engine], None]
LEAVING: list[Leave] = [
    lambda engine: engine.directory.block(engine.now, "id-anna"),
    lambda engine: engine.directory.unassign(engine.now, "id-anna"),
]


@pytest.mark.parametrize("leave", LEAVING, ids=["blocked", "unassigned"])
def test_users_that_leave_scope_are_deleted_if_the_setting_says_so(target: FakeTarget, leave: Leave) -> None:
    engine = joined(target, out_of_scope="delete")
    leave(engine)
    assert sent(engine) == ["DELETE /Users/u1"]
    assert engine.job.state.users == {}


@pytest.mark.parametrize("leave", LEAVING, ids=["blocked", "unassigned"])
def test_disabling_a_user_that_the_target_lost_is_not_a_failure(target: FakeTarget, leave: Leave) -> None:
    engine = joined(target)
    target.resources.clear()
    leave(engine)
    assert sent(engine) == ["GET /Users/u1"]
    assert engine.turn().status == "Skipped"
    assert engine.job.state.users == {}


@pytest.mark.parametrize(
    ("on_404", "calls", "status"), [("rematch", ["GET", "GET", "POST"], "Success"), ("fail", ["GET"], "Failure")]
)
def test_a_user_that_the_target_lost_is_matched_again(
    target: FakeTarget, on_404: str, calls: list[str], status: str
) -> None:
    engine = joined(target, on_404=on_404)
    target.resources.clear()
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    assert [line.partition(" ")[0] for line in sent(engine)] == calls
    assert engine.turn().status == status


@pytest.mark.parametrize("answer", [{}, {"id": 7}, {"id": ""}, []])
def test_a_create_without_an_id_in_the_answer_fails(target: FakeTarget, answer: Any) -> None:
    target.rule = lambda request: (201, answer) if request.method == "POST" else "well"
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    assert (engine.turn().action, engine.turn().status) == ("Create", "Failure")
    assert engine.job.state.users == {}


CUSTOM = ObjectMapping(
    (
        AttributeMapping("userName", parse_expression("[userPrincipalName]"), 1),
        AttributeMapping("custom:country", parse_expression("[country]")),
        AttributeMapping(
            "urn:ietf:params:scim:schemas:extension:X:2.0:User:ids",
            parse_expression('Split([department], ",")'),
            multivalued=True,
        ),
        AttributeMapping("title", None, default="Clerk"),
    )
)
IDS = "urn:ietf:params:scim:schemas:extension:X:2.0:User"


@pytest.mark.parametrize(("knob", "late"), [("next_cycle", True), ("same_request", False)])
def test_custom_name_outside_the_pattern_follows_in_the_next_cycle(target: FakeTarget, knob: str, late: bool) -> None:
    """Immuta's knowledge base: "exporting the property is not supported for this operation: Add"."""
    engine = Engine(target, SynchronizationSchema(CUSTOM, ObjectMapping(())), custom_names_at_creation=knob)
    engine.person("Anna Smith", country="NO")
    create = sent(engine)[-1]
    assert ('"custom:country":"NO"' in create) is not late
    withheld = [step.details for step in engine.turn().steps if step.status == "Skipped"]
    assert withheld == ([{"Property": "custom:country"}] if late else [])
    patch = f'PATCH /Users/u1 {PATCH}[{{"op":"Add","path":"custom:country","value":"NO"}}]}}'
    assert sent(engine) == (["GET /Users/u1", patch] if late else [])
    if late:  # nothing had failed, so nothing is retried
        assert (engine.turn().tries, "EntryEscrowRetry" in [step.name for step in engine.turn().steps]) == (0, False)
    assert sent(engine) == []


def test_multivalued_custom_attribute_is_only_added_to(target: FakeTarget) -> None:
    """Microsoft Q&A 1693075: the department changes from 2 to 1, and the value 1 is added."""
    engine = Engine(target, SynchronizationSchema(CUSTOM, ObjectMapping(())))
    anna = engine.person("Anna Smith", department="2")
    assert f'"{IDS}":{{"ids":["2"]}}' in sent(engine)[-1]
    engine.directory.update_user(engine.now, anna, department="1")
    add = f'PATCH /Users/u1 {PATCH}[{{"op":"Add","path":"{IDS}:ids","value":[{{"value":"1"}}]}}]}}'
    assert sent(engine) == ["GET /Users/u1", add]
    target.resources["Users/u1"][IDS]["ids"] = ["2", {"value": "1"}]
    engine.job.restart()
    assert sent(engine)[-1] == "GET /Users/u1"


@pytest.mark.parametrize("read", ["get", "none"])
def test_default_of_a_mapping_of_type_none_is_filled_again(target: FakeTarget, read: str) -> None:
    """CUST, "None": whenever the target has no value, not only at creation; without a read, a value is assumed."""
    engine = Engine(target, SynchronizationSchema(CUSTOM, ObjectMapping(())), read_before_update=read)
    anna = engine.person("Anna Smith")
    assert '"title":"Clerk"' in sent(engine)[-1]
    del target.resources["Users/u1"]["title"]
    engine.directory.update_user(engine.now, anna, userPrincipalName="ann@contoso.com")
    assert ('"op":"Add","path":"title","value":"Clerk"' in sent(engine)[-1]) is (read == "get")


def test_create_that_failed_has_its_modified_properties(target: FakeTarget) -> None:
    """GRAPH, provisioningObjectSummary: the log shows what was to be written."""
    target.rule = lambda request: (400, {}) if request.method == "POST" else "well"
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.group("Sales")
    engine.cycle()
    assert {turn.status for turn in engine.turns if turn.kind in ("user", "group")} == {"Failure"}
    assert ("userName", None, "anna@contoso.com") in engine.turn().modified
    assert ("displayName", None, "Sales") in engine.turn("group").modified


@pytest.mark.parametrize("required", [True, False])
def test_user_without_a_required_value_is_not_created(target: FakeTarget, required: bool) -> None:
    """LOGS, MandatoryFieldsMissing and MissingValues: "The user couldn't be created because required values are missing"."""
    rows = (
        AttributeMapping("externalId", parse_expression("[mailNickname]"), matching_priority=1),
        AttributeMapping("userName", parse_expression("[mail]"), required=required),
    )
    engine = Engine(target, SynchronizationSchema(ObjectMapping(rows), ObjectMapping(())))
    engine.person("Anna Smith")
    engine.cycle()
    assert bool(target.lines("POST")) is not required
    if required:
        assert (engine.turn().status, engine.turn().error_code) == ("Failure", "MissingValues")
        assert "no value for userName" in engine.turn().reason
        engine.directory.update_user(engine.now, "id-anna", mail="anna@contoso.com")
        engine.cycle()
        assert len(target.lines("POST")) == 1


def test_an_update_that_failed_is_sent_again_without_reading(target: FakeTarget) -> None:
    engine = Engine(target, read_before_update="none")
    engine.person("Anna A", jobTitle="Clerk")
    engine.cycle()
    target.rule = lambda request: (503, {}) if request.method == "PATCH" else "well"
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    engine.cycle()
    target.rule = lambda request: "well"
    engine.cycle()
    assert target.resources["Users/u1"]["title"] == "Lead"
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    engine.cycle()
    assert target.writes() == []


def test_a_user_who_was_found_up_to_date_is_not_written_again_without_reading(target: FakeTarget) -> None:
    first = Engine(target)
    first.person("Anna A", jobTitle="Clerk")
    first.cycle()
    engine = Engine(target, read_before_update="none")
    engine.person("Anna A", jobTitle="Clerk")
    engine.cycle()
    assert target.writes() == []
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    engine.cycle()
    [line] = target.writes()
    assert line.count('"op"') == 1
