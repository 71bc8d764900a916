"""Who is provisioned, and what is sent when a user leaves the scope: every row of docs/notes/entra.md 4.1 and 4.3."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.scoping_filter import Clause, FilterGroup, ScopingFilter
from simulator.mapping.synchronization_schema import SynchronizationSchema
from tests.fake_target import FakeTarget
from tests.simulator.engine import STEP, Engine, bodies

OFF = 'PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}'


ON = OFF.replace("False", "True")


DELETED = "DELETE /Users/u1"


MONTH = timedelta(days=30)


SALES_ONLY = ScopingFilter((FilterGroup("Sales", (Clause("department", "EQUALS", ("Sales",)),)),))


def with_filter(scope: ScopingFilter) -> SynchronizationSchema:
    return SynchronizationSchema(replace(default_mapping("user"), scope=scope), default_mapping("group"))


def without_active() -> SynchronizationSchema:
    rows = tuple(row for row in default_mapping("user").rows if row.target != "active")
    return SynchronizationSchema(replace(default_mapping("user"), rows=rows), default_mapping("group"))


Act = Callable[[Engine, str], None]


def act(name: str, *arguments: object, **attributes: object) -> Act:
    def change(engine: Engine, person: str) -> None:
        getattr(engine.directory, name)(engine.now, person, *arguments, **attributes)

    return change


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([act("unassign")], [[OFF]]),  # HOW: disabled, and no longer managed
        ([act("unassign"), act("purge")], [[OFF], []]),  # ... no DELETE even when deleted later
        ([act("unassign"), act("update_user", jobTitle="X")], [[OFF], []]),
        ([act("unassign"), act("assign")], [[OFF], [ON]]),
        ([act("update_user", department="Legal")], [[OFF]]),  # fails a scoping filter: the same
        ([act("update_user", department="Legal"), act("purge")], [[OFF], []]),
        ([act("block")], [[OFF]]),
        ([act("block"), act("unblock")], [[OFF], [ON]]),
        ([act("block"), act("purge")], [[OFF], [DELETED]]),
        ([act("soft_delete")], [[OFF]]),
        ([act("soft_delete"), act("restore")], [[OFF], [ON]]),
        ([act("soft_delete"), act("purge")], [[OFF], [DELETED]]),
        ([act("purge")], [[DELETED]]),
    ],
    ids=lambda value: None,
)
def test_leaving_scope(target: FakeTarget, acts: list[Act], expected: list[list[str]]) -> None:
    engine = Engine(target, with_filter(SALES_ONLY))
    anna = engine.person("Anna Smith", department="Sales")
    engine.cycle()
    for change, sent in zip(acts, expected, strict=True):
        change(engine, anna)
        engine.cycle()
        assert [_active_alone(line) for line in bodies(target.writes())] == sent


def _active_alone(line: str) -> str:
    """Another department, and the name of a user in the recycle bin, are written along with `active`."""
    line = re.sub(r'\{"op":"Replace","path":"userName"[^}]*\},', "", line)
    return re.sub(r',\{"op":"Replace","path":"urn[^}]*department"[^}]*\}', "", line)


def test_recycle_bin_ends_after_30_days(target: FakeTarget) -> None:
    """HOW: soft-deleted: disabled at once, DELETE 30 days later."""
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.directory.soft_delete(engine.now, anna)
    engine.cycle()
    engine.cycle(MONTH - 2 * STEP)
    assert target.writes() == []
    engine.cycle()
    assert bodies(target.writes()) == [DELETED]


@pytest.mark.parametrize(("knob", "sent"), [("delete", [DELETED]), ("nothing", [])])
def test_deleted_and_purged_between_two_cycles(target: FakeTarget, knob: str, sent: list[str]) -> None:
    """Quirk 18: in 2019 nothing was sent."""
    engine = Engine(target, purge_between_cycles=knob)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.directory.soft_delete(engine.now, anna)
    engine.directory.purge(engine.now, anna)
    engine.cycle()
    assert bodies(target.writes()) == sent


@pytest.mark.parametrize("change", [act("block"), act("soft_delete"), act("unassign")])
def test_who_never_was_in_scope_is_not_created(target: FakeTarget, change: Act) -> None:
    """HOW, quirk 19: the disabled are never created, and nothing is asked about them."""
    engine = Engine(target)
    change(engine, engine.person("Anna Smith"))
    engine.cycle()
    assert target.writes() == []
    assert engine.turn().error_code == "NotEffectivelyEntitled"


def test_disabled_before_they_were_provisioned_are_created_when_they_are_enabled(target: FakeTarget) -> None:
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.directory.block(engine.now, anna)
    engine.cycle()
    engine.directory.unblock(engine.now, anna)
    engine.cycle()
    assert len(target.lines("POST")) == 1


@pytest.mark.parametrize("change", [act("block"), act("soft_delete"), act("unassign")])
def test_without_a_row_that_tells_it_nothing_is_sent(target: FakeTarget, change: Act) -> None:
    """HOW, the table's first row: the custom app without IsSoftDeleted."""
    engine = Engine(target, without_active())
    anna = engine.person("Anna Smith")
    engine.cycle()
    change(engine, anna)
    engine.cycle()
    assert target.writes() == []


@pytest.mark.parametrize("change", [act("block"), act("soft_delete"), act("unassign")])
def test_gallery_apps_without_soft_delete_get_deletes(target: FakeTarget, change: Act) -> None:
    """HOW, REF-OV test 6: unassign = Delete, reassign = Create."""
    engine = Engine(target, without_active(), out_of_scope="delete")
    anna = engine.person("Anna Smith")
    engine.cycle()
    change(engine, anna)
    engine.cycle()
    assert bodies(target.writes()) == [DELETED]
    assert engine.turn().action == "Delete"


def test_skip_out_of_scope_deletions(target: FakeTarget) -> None:
    """SKIP: who is unassigned or filtered out is left as they are; the blocked are still switched off."""
    engine = Engine(target, skip_out_of_scope_deletions=True)
    anna, bert = engine.person("Anna Smith"), engine.person("Bert Jones")
    engine.cycle()
    engine.directory.unassign(engine.now, anna)
    engine.directory.block(engine.now, bert)
    engine.cycle()
    assert [line.partition(" {")[0] for line in bodies(target.writes())] == ["PATCH /Users/u2"]
    assert engine.turn(name="Anna Smith").error_code == "SkipOutOfScopeDeletions"


def test_assignment_through_a_group_takes_its_immediate_members(target: FakeTarget) -> None:
    """HOW, KNOWN: nested groups are not read."""
    engine = Engine(target, provision_groups=False)
    anna, bert = engine.person("Anna Smith"), engine.person("Bert Jones")
    for person in (anna, bert):
        engine.directory.unassign(engine.now, person)
    inner = engine.group("Inner", bert, assigned=False)
    outer = engine.group("Outer", anna, inner)
    engine.cycle()
    assert [request.json["userName"] for request in target.received if request.method == "POST"] == ["anna@contoso.com"]
    engine.directory.remove_member(engine.now, outer, anna)
    engine.cycle()
    assert bodies(target.writes()) == [OFF]


def test_member_of_an_assigned_group_leaves_it(target: FakeTarget) -> None:
    """4.3: the user is disabled, and the group loses a member."""
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.directory.unassign(engine.now, anna)
    group = engine.group("Sales", anna)
    engine.cycle()
    engine.directory.remove_member(engine.now, group, anna)
    engine.cycle()
    assert [line.partition(" {")[0] for line in bodies(target.writes())] == ["PATCH /Groups/g2", "PATCH /Users/u1"]


@pytest.mark.parametrize(
    "leave",
    [
        lambda engine, group: engine.directory.unassign(engine.now, group),
        lambda engine, group: engine.directory.delete_group(engine.now, group),
    ],
)
def test_groups_have_no_soft_delete(target: FakeTarget, leave: Callable[[Engine, str], None]) -> None:
    engine = Engine(target)
    group = engine.group("Sales")
    engine.cycle()
    leave(engine, group)
    engine.cycle()
    assert bodies(target.writes()) == ["DELETE /Groups/g1"]


def test_sync_all_takes_who_is_not_assigned(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.directory.unassign(engine.now, engine.person("Anna Smith"))
    engine.group("Sales", assigned=False)
    engine.directory.sync_all = True
    engine.cycle()
    assert len(target.lines("POST")) == 2


def test_guest_is_known_by_the_address_at_home(target: FakeTarget) -> None:
    """HOW on B2B: `#EXT#` and the tenant are stripped."""
    engine = Engine(target)
    engine.person("Gast Muster", userPrincipalName="gast_fabrikam.com#EXT#@contoso.onmicrosoft.com")
    engine.cycle()
    assert "filter=userName+eq+%22gast%40fabrikam.com%22" in target.lines("GET")[2]
    assert target.received[-1].json["userName"] == "gast@fabrikam.com"
