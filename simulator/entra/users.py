"""A user's turn: match or create, read and update, disable, delete (entra.md 2.2 to 2.4, 3.2 to 3.4, 4.3)."""

from __future__ import annotations

from typing import Any

from simulator.directory.directory import DirectoryUser
from simulator.entra import requests
from simulator.entra.matching import match
from simulator.entra.requests import MANAGER_PATH
from simulator.entra.settings import OutOfScope
from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.mapping.target_path import put, value_at
from simulator.provisioning.answers import Failed, expect, listed, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn

ALREADY_THE_SAME = "The state of the user in both the source and target systems already match."


class Users:
    """Takes users' turns in one job."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def take(self, turn: Turn) -> None:
        """The whole turn; raises Failed or ExpressionError where it goes wrong."""
        context, state = self._context, self._context.state
        user = context.directory.users.get(turn.object_id)
        turn.target_id = state.users.get(turn.object_id, "")
        if user is None:
            await self._purged(turn)
            return
        turn.step("EntryImport", "import")
        scope = context.scope(user)
        turn.step("EntrySynchronizationScoping", "scoping", **scope.details(sync_all=context.directory.sync_all))
        if not turn.target_id:
            if scope.is_in_scope:
                await self._match_or_create(turn, user, scope)
            else:
                turn.skip(scope.skip_reason, "not in scope, and never provisioned")
        elif scope.is_in_scope:
            state.managed[turn.object_id] = None
            state.released.pop(turn.target_id, None)
            state.left_alone.pop(turn.target_id, None)
            await self._update(turn, user, scope)
            state.inactive.pop(turn.object_id, None)
        elif turn.object_id not in state.managed:
            turn.skip("NotEffectivelyEntitled", "left scope earlier: no longer managed")
        else:
            await self._leave(turn, user, scope)

    # ── leaving (4.3) ──

    async def _leave(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        context, state = self._context, self._context.state
        if not scope.is_managed and context.settings.skip_out_of_scope_deletions:
            state.managed.pop(turn.object_id, None)
            state.left_alone[turn.target_id] = user.name
            turn.skip("SkipOutOfScopeDeletions", "left scope; the job is told to leave such users alone")
            return
        if context.settings.out_of_scope is OutOfScope.DELETE:
            await self._delete(turn)
            return
        if not context.users.deactivates:
            turn.skip("NotEffectivelyEntitled", "the mapping has nothing that tells the target so")
            if not scope.is_managed:
                state.managed.pop(turn.object_id, None)
                state.left_alone[turn.target_id] = user.name
            return
        await self._update(turn, user, scope)
        state.inactive[turn.object_id] = None
        if not scope.is_managed and turn.object_id in state.users:
            state.managed.pop(turn.object_id, None)
            state.released[turn.target_id] = user.name

    async def _purged(self, turn: Turn) -> None:
        context, state = self._context, self._context.state
        turn.step("EntryImportDelete", "import")
        if not turn.target_id or turn.object_id not in state.managed:
            state.unlink_user(turn.object_id)
            turn.skip("NotEffectivelyEntitled", "gone from the directory, and not managed")
        elif turn.object_id not in state.inactive and context.settings.purge_between_cycles == "nothing":
            state.left_alone[turn.target_id] = turn.name
            state.unlink_user(turn.object_id)
            turn.skip("NotEffectivelyEntitled", "deleted and purged between two cycles: the change was never seen")
        else:
            await self._delete(turn)

    async def _delete(self, turn: Turn) -> None:
        context, state = self._context, self._context.state
        turn.action = "Delete"
        if not context.users.may_delete:
            state.left_alone[turn.target_id] = turn.name
            state.unlink_user(turn.object_id)
            turn.skip("DeleteNotAllowed", "Delete is not among the target object actions")
            return
        expect(await turn.send(requests.delete_user(turn.target_id)), 200, 204, 404)  # gone is what was wanted (6.4)
        state.unlink_user(turn.object_id)
        turn.succeed("Delete")

    # ── matching and creating (2.4) ──

    async def _match_or_create(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        context = self._context
        values = context.values(user, scope, at_creation=True)
        found = await match(turn, context, context.users, values, requests.match_user)
        if found is not None:
            turn.target_id = found["id"]
            self._link(turn, user)
            await self._write(turn, found, context.values(user, scope))
            return
        turn.action = "Create"
        turn.step("EntrySynchronizationAdd", "processing")
        if not context.users.may_create:
            turn.skip("CreateNotAllowed", "Create is not among the target object actions")
            return
        exchange = await turn.send(requests.create_user(values))
        expect(exchange, 200, 201, conflict_after_match=True)
        created = resource_of(exchange)
        turn.target_id = created["id"]
        turn.modified = [(path, None, context.users.shown(path, value)) for path, value in values.items()]
        self._link(turn, user)
        self._saw(turn.object_id, created, values)
        turn.succeed("Create")

    # ── updating ──

    async def _update(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        context = self._context
        values = context.values(user, scope)
        if context.settings.read_before_update == "none":
            await self._write(turn, self._remembered(turn.object_id), values)
            return
        exchange = await turn.send(self._read(turn, values))
        resource: dict[str, Any] | None = None
        if context.settings.read_before_update == "filter":
            resource = next((hit for hit in listed(exchange) if hit.get("id") == turn.target_id), None)
        elif exchange.status != 404:
            expect(exchange, 200)
            resource = resource_of(exchange)
        turn.step("EntryImport", "matching")
        if resource is not None:
            await self._write(turn, resource, values)
            return
        if context.settings.on_404 == "fail":
            raise Failed("InvalidAnchor", "the linked user is no longer in the target; restart the job", exchange)
        # A clean 404: the link is dropped and matching starts over (6.4).
        context.state.unlink_user(turn.object_id)
        context.relinked = True
        turn.target_id = ""
        if scope.is_in_scope:
            await self._match_or_create(turn, user, scope)
        else:
            turn.skip("NotEffectivelyEntitled", "no longer in the target, and not in scope")

    def _read(self, turn: Turn, values: dict[str, Any]) -> requests.Request:
        matching = self._context.users.matching
        if self._context.settings.read_before_update == "filter" and matching and matching[0].target in values:
            return requests.match_user(matching[0].target, str(values[matching[0].target]))
        return requests.read_user(turn.target_id)

    async def _write(self, turn: Turn, resource: dict[str, Any], values: dict[str, Any]) -> None:
        context = self._context
        self._saw(turn.object_id, resource, values)
        changes = context.users.differences(values, resource)
        if not changes:
            if turn.status != "Warning":
                turn.skip("RedundantExport", ALREADY_THE_SAME)
            return
        request = requests.update_user(turn.target_id, changes, context.shape)
        disables = request.operation == "disable user"
        turn.action = "Disable" if disables else "Update"
        turn.step("EntrySynchronizationDisable" if disables else "EntrySynchronizationUpdate", "processing")
        if not context.users.may_update:
            turn.skip("UpdateNotAllowed", "Update is not among the target object actions")
            return
        shown = context.users.shown
        turn.modified = [
            (change.path, shown(change.path, value_at(resource, change.path)), shown(change.path, change.value))
            for change in changes
        ]
        expect(await turn.send(request), 200, 204)
        turn.succeed(turn.action)

    # ── what is remembered ──

    def _link(self, turn: Turn, user: DirectoryUser) -> None:
        state = self._context.state
        state.users[turn.object_id] = turn.target_id
        state.managed[turn.object_id] = None
        state.released.pop(turn.target_id, None)
        state.left_alone.pop(turn.target_id, None)

    def _saw(self, object_id: str, resource: dict[str, Any], values: dict[str, Any]) -> None:
        """Take over what a read of the target showed: a manager lost there is written again."""
        state, matching = self._context.state, self._context.users.matching
        state.unique_values[object_id] = tuple(
            str(value).casefold() for row in matching if (value := values.get(row.target)) is not None
        )
        if self._context.settings.read_before_update == "none":
            state.told[object_id] = dict(values)
            return
        held = value_at(resource, MANAGER_PATH)
        value = held.get("value") if isinstance(held, dict) else None
        if isinstance(value, str) and value:
            state.managers[object_id] = value
        else:
            state.managers.pop(object_id, None)

    def _remembered(self, object_id: str) -> dict[str, Any]:
        """Without a read the target is taken to hold what it was last told."""
        resource: dict[str, Any] = {}
        for path, value in self._context.state.told.get(object_id, {}).items():
            put(resource, path, value)
        return resource


def lane_keys(context: Context, object_id: str) -> tuple[str, ...]:
    """What a user's turn must not overtake: others with the same matching value, now or before."""
    user = context.directory.users.get(object_id)
    known = context.state.unique_values.get(object_id, ())
    if user is None:
        return known
    source = {**user.attributes, "IsSoftDeleted": "False"}
    keys = list(known)
    for row in context.users.matching:
        if row.expression is None:
            continue
        if row.expression.functions:
            try:
                value = context.values(user, context.scope(user)).get(row.target)
            except ExpressionError:
                continue
        else:
            value = source.get(row.expression.text.strip("[] "))
        if value is not None:
            keys.append(str(value).casefold())
    return tuple(dict.fromkeys(keys))
