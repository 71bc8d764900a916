"""The engine plays a group's turn for any provider; a made-up one with five methods is enough."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.directory.directory import Directory
from simulator.entra.default_mapping import default_mapping
from simulator.entra.settings import EntraSettings
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.groups import provision_group
from simulator.provisioning.provider import LinkLost
from simulator.provisioning.request import Request
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange

AT = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class MadeUp:
    """Implements `GroupMethods`: records what the engine asks for."""

    context: Context
    held: dict[str, Any] | None = None
    lost: int = 0  # how many updates find that the linked group is gone
    asked: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def note_scope(self, turn: Turn, scope: Scope) -> None:
        self.asked.append("in scope" if scope.is_in_scope else "out of scope")

    async def match(self, turn: Turn, values: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append("match")
        self.values = values
        return self.held

    async def create(self, turn: Turn, values: dict[str, Any]) -> None:
        self.asked.append("create")
        self.context.link_group(turn, "created")

    async def update(self, turn: Turn, found: dict[str, Any] | None = None) -> None:
        self.asked.append("update" if found is None else "update what was found")
        if self.lost:
            self.lost -= 1
            raise LinkLost

    async def delete(self, turn: Turn) -> None:
        self.asked.append("delete")


def world() -> tuple[Directory, Context]:
    directory = Directory()
    directory.add_group(AT, "g", "Sales")
    directory.assign(AT, "g")
    schema = SynchronizationSchema(default_mapping("user"), default_mapping("group"))
    return directory, Context.fresh(directory, EntraSettings().of_job(), schema, 1)


def played(context: Context, methods: MadeUp) -> list[str]:
    async def send(request: Request, cause: dict[str, str]) -> Exchange:
        raise AssertionError("a made-up provider sends nothing")

    def report(failure: Failed, turn: Turn) -> tuple[str, str]:
        return "code", failure.reason

    methods.asked.clear()
    asyncio.run(provision_group(context, methods, Turn("group", "g", "Sales", AT, 1, send, report)))
    return methods.asked


def test_a_group_is_created_once_and_then_updated() -> None:
    _, context = world()
    methods = MadeUp(context)
    assert played(context, methods) == ["in scope", "match", "create"]
    assert methods.values == {"displayName": "Sales", "externalId": "g"}
    assert context.state.groups == {"g": "created"}
    assert played(context, methods) == ["in scope", "update"]


def test_a_match_is_linked_and_updated_by_what_was_found() -> None:
    _, context = world()
    assert played(context, MadeUp(context, held={"id": "old"})) == ["in scope", "match", "update what was found"]
    assert context.state.groups == {"g": "old"}


def test_a_lost_link_starts_matching_over() -> None:
    _, context = world()
    methods = MadeUp(context)
    played(context, methods)
    methods.lost = 1
    assert played(context, methods) == ["in scope", "update", "match", "create"]
    assert context.relinked


def test_a_group_that_is_unassigned_or_gone_is_deleted_whether_it_is_linked_or_not() -> None:
    directory, context = world()
    directory.unassign(AT, "g")
    assert played(context, MadeUp(context)) == ["out of scope", "delete"]
    directory.delete_group(AT, "g")
    assert played(context, MadeUp(context)) == ["out of scope", "delete"]
