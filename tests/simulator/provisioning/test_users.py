"""The engine plays any provider: a made-up one with four methods is enough for a user's turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.directory.directory import Directory, DirectoryUser
from simulator.entra.default_mapping import default_mapping
from simulator.entra.settings import EntraSettings
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost
from simulator.provisioning.request import Request
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.provisioning.users import lane_keys, provision_user
from simulator.wire.exchange import Exchange

AT = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class MadeUp:
    """Implements `UserMethods`: notes what the engine asks for."""

    context: Context
    held: dict[str, Any] | None = None
    lost: int = 0  # how many updates find that the linked user is gone
    asked: list[str] = field(default_factory=list)

    async def match(self, turn: Turn, values: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append("match")
        return self.held

    async def create(self, turn: Turn, user: DirectoryUser, scope: Scope, values: dict[str, Any]) -> None:
        self.asked.append("create")
        self.context.link_user(turn, "created")

    async def update(self, turn: Turn, user: DirectoryUser, scope: Scope, found: dict[str, Any] | None = None) -> None:
        self.asked.append("update")
        if self.lost:
            self.lost -= 1
            raise LinkLost

    async def disable(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        self.asked.append("disable")

    async def delete(self, turn: Turn) -> None:
        self.asked.append("delete")

    def skip(self, turn: Turn, scope: Scope) -> None:
        self.asked.append("skip")


def world() -> tuple[Directory, Context]:
    directory = Directory()
    source = {"objectId": "a", "userPrincipalName": "Anna@contoso.com", "displayName": "Anna", "accountEnabled": True}
    directory.add_user(AT, source)
    directory.assign(AT, "a")
    schema = SynchronizationSchema(default_mapping("user"), default_mapping("group"))
    return directory, Context.fresh(directory, EntraSettings().of_job(), schema, 1)


def turn() -> Turn:
    async def send(request: Request, cause: dict[str, str]) -> Exchange:
        raise AssertionError("a made-up provider sends nothing")

    def report(failure: Failed, turn: Turn) -> tuple[str, str]:
        return "code", failure.reason

    return Turn("user", "a", "Anna", AT, 1, send, report)


def played(context: Context, methods: MadeUp) -> list[str]:
    methods.asked.clear()
    asyncio.run(provision_user(context, methods, turn()))
    return methods.asked


def test_a_user_is_created_once_and_then_updated() -> None:
    _, context = world()
    methods = MadeUp(context)
    assert played(context, methods) == ["match", "create"]
    assert context.state.users == {"a": "created"}
    assert played(context, methods) == ["update"]


def test_a_match_is_linked_before_it_is_updated() -> None:
    _, context = world()
    assert played(context, MadeUp(context, held={"id": "old"})) == ["match", "update"]
    assert context.state.users == {"a": "old"}


def test_a_lost_link_starts_matching_over() -> None:
    _, context = world()
    methods = MadeUp(context)
    played(context, methods)
    methods.lost = 1
    assert played(context, methods) == ["update", "match", "create"]
    assert context.relinked


def test_who_leaves_scope_is_disabled_and_who_was_never_in_scope_is_skipped() -> None:
    directory, context = world()
    methods = MadeUp(context)
    directory.block(AT, "a")
    assert played(context, methods) == ["skip"]
    directory.unblock(AT, "a")
    played(context, methods)
    directory.block(AT, "a")
    assert played(context, methods) == ["disable"]


def test_who_is_gone_is_deleted() -> None:
    directory, context = world()
    methods = MadeUp(context)
    directory.purge(AT, "a")
    assert played(context, methods) == ["delete"]


def test_users_with_the_same_name_do_not_overtake_each_other() -> None:
    _, context = world()
    context.state.unique_values["a"] = ("before@contoso.com",)
    assert lane_keys(context, "a") == ("before@contoso.com", "anna@contoso.com")
    assert lane_keys(context, "nobody") == ()
