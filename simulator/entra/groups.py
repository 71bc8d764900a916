"""The requests of Entra for a group: match, create without members, rename, delete (docs/notes/entra.md 3.7, 4.3)."""

from __future__ import annotations

from simulator.entra import requests
from simulator.entra.matching import SEVERAL, match
from simulator.entra.reading import confirm, resource_in
from simulator.entra.requests import WireShape
from simulator.entra.settings import EntraSettings
from simulator.mapping.target_path import value_at
from simulator.provisioning.answers import Failed, Fault, expect
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost, Resource, Values
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn


class EntraGroups:
    """Implements `provisioning.provider.GroupMethods`."""

    def __init__(self, context: Context, settings: EntraSettings, shape: WireShape) -> None:
        self._context, self._settings, self._shape = context, settings, shape

    def note_scope(self, turn: Turn, scope: Scope) -> None:
        """Add the scoping step to the provisioning log."""
        details = scope.details(sync_all=self._context.directory.sync_all)
        turn.step("EntrySynchronizationScoping", "scoping", **details)

    async def delete(self, turn: Turn) -> None:
        """Delete a group that is unassigned, out of scope, or deleted.

        Groups have no soft delete (docs/notes/entra.md 4.3).
        """
        context, state = self._context, self._context.state
        if not turn.target_id:
            turn.skip("NotEffectivelyEntitled", "not in scope and never provisioned")
            return
        turn.action = "Delete"
        skipped = turn.object_id in context.directory.groups and self._settings.skip_out_of_scope_deletions
        if skipped or not context.groups.may_delete:
            state.left_alone[turn.target_id] = turn.name
            state.unlink_group(turn.object_id)
            turn.skip("SkipOutOfScopeDeletions" if skipped else "DeleteNotAllowed", "the group is kept in the target")
            return
        expect(await turn.send(requests.delete_group(turn.target_id)), 200, 204, 404)
        state.unlink_group(turn.object_id)
        state.drop_member(turn.object_id)
        turn.succeed("Delete")

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """Look the group up by each matching attribute."""
        return await match(turn, self._settings, self._context.groups, values, requests.match_group)

    async def create(self, turn: Turn, values: Values) -> None:
        """Create the group with a POST that has no members."""
        context = self._context
        turn.step("EntrySynchronizationAdd", "processing")
        if not context.groups.may_create:
            turn.skip("CreateNotAllowed", "the target object actions do not include Create")
            return
        if missing := context.groups.missing(values):
            told = f"the directory has no value for {', '.join(missing)}, which the target requires"
            raise Failed(Fault.MISSING_VALUES, told)
        turn.modified = [(path, None, value) for path, value in values.items()]
        exchange = await turn.send(requests.create_group(values, self._shape))
        expect(exchange, 200, 201, conflict_after_match=True)
        context.link_group(turn, resource_in(exchange)["id"])
        turn.succeed("Create")

    async def update(self, turn: Turn, found: Resource | None = None) -> None:
        """Read the group and PATCH the differences.

        Raises LinkLost after a 404 with a SCIM error (docs/notes/entra.md 6.4).
        """
        resource = await self._current(turn) if found is None else found
        self._note_members(turn, resource)
        await self._write(turn, resource, self._context.group_values(turn.object_id))

    async def _current(self, turn: Turn) -> Resource:
        """The linked group as the target returns it, without members."""
        exchange = await turn.send(requests.read_group(turn.target_id))
        turn.step("EntryImport", "matching")
        if exchange.status == 404:
            if self._settings.on_404 == "fail":
                reason = "the linked group no longer exists in the target; restart the job"
                raise Failed(Fault.LINK_LOST, reason, exchange)
            raise LinkLost
        expect(exchange, 200)
        return resource_in(exchange)

    def _note_members(self, turn: Turn, resource: Resource) -> None:
        """Record that the target returned members although the request excluded them:

        Entra then writes the next member with Replace.
        """
        state = self._context.state
        if not resource.get("members"):
            state.shows_members.pop(turn.object_id, None)
        elif self._settings.members_shown == "fail":
            expected = "a group without members: the request has excludedAttributes=members"
            raise Failed(Fault.UNWANTED_MEMBERS, SEVERAL, turn.exchanges[-1], expected=expected)
        else:
            state.shows_members[turn.object_id] = None

    async def _write(self, turn: Turn, resource: Resource, values: Values) -> None:
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
            turn.skip("UpdateNotAllowed", "the target object actions do not include Update")
            return
        turn.modified = [(change.path, value_at(resource, change.path), change.value) for change in changes]
        confirm(await turn.send(requests.update_group(turn.target_id, changes, self._shape)))
        turn.succeed("Update")
