"""A group's turn: match or create without members, rename, delete (entra.md 3.7, 4.3)."""

from __future__ import annotations

from typing import Any

from simulator.entra import requests
from simulator.entra.matching import match
from simulator.mapping.target_path import value_at
from simulator.provisioning.answers import MULTIPLE_ENTRIES, Failed, expect, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.turn import Turn


class Groups:
    """Takes groups' turns in one job."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def take(self, turn: Turn) -> None:
        """The whole turn; raises Failed or ExpressionError where it goes wrong."""
        context, state = self._context, self._context.state
        turn.target_id = state.groups.get(turn.object_id, "")
        scope = context.group_scope(turn.object_id)
        turn.step("EntryImport" if scope.is_active else "EntryImportDelete", "import")
        turn.step("EntrySynchronizationScoping", "scoping", **scope.details(sync_all=context.directory.sync_all))
        if not scope.is_in_scope:
            await self._leave(turn)
        elif not turn.target_id:
            await self._match_or_create(turn)
        else:
            await self._update(turn)

    async def _leave(self, turn: Turn) -> None:
        """Groups know no soft delete: unassigned, out of scope or deleted, they are deleted (4.3)."""
        context, state = self._context, self._context.state
        if not turn.target_id:
            turn.skip("NotEffectivelyEntitled", "not in scope, and never provisioned")
            return
        turn.action = "Delete"
        skipped = turn.object_id in context.directory.groups and context.settings.skip_out_of_scope_deletions
        if skipped or not context.groups.may_delete:
            state.left_alone[turn.target_id] = turn.name
            state.unlink_group(turn.object_id)
            turn.skip("SkipOutOfScopeDeletions" if skipped else "DeleteNotAllowed", "left where it is")
            return
        expect(await turn.send(requests.delete_group(turn.target_id)), 200, 204, 404)
        state.unlink_group(turn.object_id)
        turn.succeed("Delete")

    async def _match_or_create(self, turn: Turn) -> None:
        context, state = self._context, self._context.state
        values = context.group_values(turn.object_id, at_creation=True)
        found = await match(turn, context, context.groups, values, requests.match_group)
        if found is not None:
            state.groups[turn.object_id] = turn.target_id = found["id"]
            await self._write(turn, found, context.group_values(turn.object_id))
            return
        turn.action = "Create"
        turn.step("EntrySynchronizationAdd", "processing")
        if not context.groups.may_create:
            turn.skip("CreateNotAllowed", "Create is not among the target object actions")
            return
        exchange = await turn.send(requests.create_group(values, context.shape))
        expect(exchange, 200, 201, conflict_after_match=True)
        state.groups[turn.object_id] = turn.target_id = resource_of(exchange)["id"]
        turn.modified = [(path, None, value) for path, value in values.items()]
        turn.succeed("Create")

    async def _update(self, turn: Turn) -> None:
        context, state = self._context, self._context.state
        exchange = await turn.send(requests.read_group(turn.target_id))
        turn.step("EntryImport", "matching")
        if exchange.status == 404:
            if context.settings.on_404 == "fail":
                raise Failed("InvalidAnchor", "the linked group is no longer in the target; restart the job", exchange)
            state.unlink_group(turn.object_id)
            context.relinked = True
            turn.target_id = ""
            await self._match_or_create(turn)
            return
        expect(exchange, 200)
        resource = resource_of(exchange)
        if resource.get("members"):
            raise Failed(MULTIPLE_ENTRIES, "members came although they were excluded", exchange)
        await self._write(turn, resource, context.group_values(turn.object_id))

    async def _write(self, turn: Turn, resource: dict[str, Any], values: dict[str, Any]) -> None:
        context = self._context
        changes = context.groups.differences(values, resource)
        if not changes and turn.status == "Warning":
            return
        if not changes:
            turn.skip("RedundantExport", "The state of the group in both the source and target systems already match.")
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "processing")
        if not context.groups.may_update:
            turn.skip("UpdateNotAllowed", "Update is not among the target object actions")
            return
        turn.modified = [(change.path, value_at(resource, change.path), change.value) for change in changes]
        expect(await turn.send(requests.update_group(turn.target_id, changes, context.shape)), 200, 204)
        turn.succeed("Update")
