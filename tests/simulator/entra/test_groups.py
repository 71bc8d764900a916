"""Entra creates groups without members, renames them, and deletes them when they leave scope (docs/notes/entra.md 3.7, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

READ = "GET /Groups/g1?excludedAttributes=members"
FIND = "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Sales%22"
CREATE = (
    'POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"gid-sales",'
    '"displayName":"Sales","meta":{"resourceType":"Group"}}'
)
RENAME = (
    'PATCH /Groups/g1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
    '[{"op":"Replace","path":"displayName","value":"Sales and Co"}]}'
)


def sent(engine: Engine) -> list[str]:
    """The requests after the two look-ups of the connection test."""
    return bodies(engine.target.lines())[2:]


def created(target: FakeTarget, **knobs: Any) -> Engine:
    engine = Engine(target, **knobs)
    engine.group("Sales")
    engine.cycle()
    assert sent(engine) == [FIND, CREATE]
    return engine


def rename(engine: Engine) -> None:
    engine.directory.rename_group(engine.now, "gid-sales", "Sales and Co")


def test_a_group_is_looked_up_and_created_without_members(target: FakeTarget) -> None:
    engine = created(target)
    assert engine.turn("group").action == "Create"
    assert [step.kind for step in engine.turn("group").steps] == [
        "import",
        "scoping",
        "matching",
        "processing",
        "export",
    ]


def test_a_group_that_is_there_is_taken_over_and_not_created(target: FakeTarget) -> None:
    target.hold("Groups", "g1", displayName="sales", externalId="gid-sales")
    engine = Engine(target)
    engine.group("Sales")
    engine.cycle()
    assert sent(engine) == [FIND]
    assert engine.job.state.groups == {"gid-sales": "g1"}
    assert engine.turn("group").error_code == "RedundantExport"


def test_a_group_is_read_before_it_is_renamed(target: FakeTarget) -> None:
    engine = created(target)
    rename(engine)
    engine.cycle()
    assert sent(engine) == [READ, RENAME]
    assert engine.turn("group").modified == [("displayName", "Sales", "Sales and Co")]


@pytest.mark.parametrize(
    ("on_404", "calls", "status"), [("rematch", ["GET", "GET", "POST"], "Success"), ("fail", ["GET"], "Failure")]
)
def test_a_group_that_is_gone_is_created_again_or_fails(
    target: FakeTarget, on_404: str, calls: list[str], status: str
) -> None:
    engine = created(target, on_404=on_404)
    target.resources.clear()
    rename(engine)
    engine.cycle()
    assert [line.partition(" ")[0] for line in sent(engine)] == calls
    assert engine.turn("group").status == status


def test_members_that_were_excluded_are_an_error(target: FakeTarget) -> None:
    """LOGS: SystemForCrossDomainIdentityManagementMultipleEntriesInResponse."""
    engine = created(target, members_shown="fail")
    target.resources["Groups/g1"]["members"] = [{"value": "u7"}]
    target.rule = lambda request: (200, target.resources["Groups/g1"]) if "/g1?" in request.path else "well"
    rename(engine)
    engine.cycle()
    assert target.writes() == []
    assert engine.turn("group").error_code == "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"


LEAVING: dict[str, Callable[[Engine], None]] = {
    "unassigned": lambda engine: engine.directory.unassign(engine.now, "gid-sales"),
    "deleted": lambda engine: engine.directory.delete_group(engine.now, "gid-sales"),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING.keys())
@pytest.mark.parametrize("status", [204, 200, 404])
def test_a_group_that_leaves_scope_is_deleted_even_if_it_is_already_gone(
    target: FakeTarget, leave: Callable[[Engine], None], status: int
) -> None:
    engine = created(target)
    target.rule = lambda request: (status, None) if request.method == "DELETE" else "well"
    leave(engine)
    engine.cycle()
    assert sent(engine) == ["DELETE /Groups/g1"]
    assert (engine.turn("group").action, engine.turn("group").status) == ("Delete", "Success")
    assert engine.job.state.groups == {}


def test_a_delete_that_fails_is_tried_again(target: FakeTarget) -> None:
    engine = created(target)
    target.rule = lambda request: (500, {}) if request.method == "DELETE" else "well"
    LEAVING["deleted"](engine)
    engine.cycle()
    assert engine.turn("group").status == "Failure"
    target.rule = lambda request: "well"
    engine.cycle()
    assert sent(engine) == ["DELETE /Groups/g1"]
    assert target.resources == {}


def test_a_group_out_of_scope_stays_if_the_setting_says_so(target: FakeTarget) -> None:
    engine = created(target, skip_out_of_scope_deletions=True)
    LEAVING["unassigned"](engine)
    engine.cycle()
    assert sent(engine) == []
    assert engine.turn("group").error_code == "SkipOutOfScopeDeletions"
    assert engine.job.state.left_alone == {"g1": "Sales"}
