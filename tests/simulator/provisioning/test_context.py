"""The context answers what a turn asks about its object: scope, mapped values, and links, at the time of the cycle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.directory.directory import Directory
from simulator.entra.default_mapping import default_mapping
from simulator.entra.settings import EntraSettings
from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange

AT = datetime(2026, 3, 2, tzinfo=UTC)
ANNA = {"objectId": "anna", "userPrincipalName": "anna@x", "displayName": "Anna", "accountEnabled": True}


def context_of(*rows: AttributeMapping, **knobs: Any) -> Context:
    """Anna, assigned, and the group Sales; without rows the default mapping."""
    directory = Directory()
    directory.add_user(AT, dict(ANNA))
    directory.assign(AT, "anna")
    directory.add_group(AT, "sales", "Sales")
    schema = SynchronizationSchema(ObjectMapping(rows) if rows else default_mapping("user"), default_mapping("group"))
    return Context.fresh(directory, EntraSettings(**knobs).of_job(), schema, seed=7)


def values(context: Context) -> dict[str, Any]:
    user = context.directory.users["anna"]
    return context.values(user, context.scope(user))


def turn() -> Turn:
    async def send(request: Request, cause: dict[str, str]) -> Exchange:
        raise AssertionError("nothing is sent")

    def report(failure: Failed, turn: Turn) -> tuple[str, str]:
        return "code", failure.reason

    return Turn("user", "anna", "Anna", AT, 1, send, report)


def test_the_mapping_sees_that_a_user_left_scope() -> None:
    context = context_of()
    assert values(context)["active"] is True
    context.directory.block(AT, "anna")
    assert values(context)["active"] is False


def test_random_values_are_the_same_for_the_same_seed_and_cycle() -> None:
    row = AttributeMapping("nickName", parse_expression('RandomString(12, 2, 2, 2, 2, "")'))
    found = []
    for cycle in (1, 1, 2):
        context = context_of(row)
        context.cycle = cycle
        found.append(values(context)["nickName"])
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("changed", "cleared"),
    [({"anna": frozenset({"jobTitle"})}, True), ({"anna": frozenset({"IsSoftDeleted"})}, False), (None, False)],
)
def test_a_switch_whose_source_did_not_change_forgets_its_value_if_the_knob_says_so(
    changed: dict[str, frozenset[str]] | None, cleared: bool
) -> None:
    """FUNC: only a Switch over attributes of the change keeps its value."""
    row = AttributeMapping("userType", parse_expression('Switch([IsSoftDeleted], , "True", "gone")'))
    context = context_of(row, switch_forgets=True)
    context.changed = changed
    assert ("userType" in values(context)) is cleared


@pytest.mark.parametrize(
    ("provision_groups", "enabled", "expected"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_groups_are_provisioned_when_setting_and_mapping_agree(
    provision_groups: bool, enabled: bool, expected: bool
) -> None:
    context = context_of(provision_groups=provision_groups)
    context.schema = SynchronizationSchema(context.users, ObjectMapping(context.groups.rows, enabled=enabled))
    assert context.provisions_groups is expected


def test_only_users_in_scope_are_awaited() -> None:
    context = context_of()
    assert context.is_awaited("anna")
    assert not context.is_awaited("sales")
    assert not context.is_awaited("nobody")
    context.directory.block(AT, "anna")
    assert not context.is_awaited("anna")


def test_a_user_that_is_linked_again_is_managed_again() -> None:
    context = context_of()
    context.state.released = {"u1": "Anna"}
    context.state.left_alone = {"u1": "Anna"}
    ours = turn()
    context.link_user(ours, "u1")
    assert (ours.target_id, context.state.users) == ("u1", {"anna": "u1"})
    assert "anna" in context.state.managed
    assert context.state.released == context.state.left_alone == {}
    assert not context.relinked
    context.lose_user(ours)
    assert (ours.target_id, context.state.users, context.relinked) == ("", {}, True)
