"""The requests of Entra for a user: match, create, read, update, disable, delete (docs/notes/entra.md 2.4, 3.2 to 3.4, 4.3)."""

from __future__ import annotations

from typing import Any

from simulator.directory.directory import DirectoryUser
from simulator.entra import requests
from simulator.entra.matching import match
from simulator.entra.reading import confirm, hits_of, resource_in
from simulator.entra.requests import WireShape
from simulator.entra.settings import EntraSettings, OutOfScope
from simulator.mapping.target_path import MANAGER_PATH, is_exported_at_creation, put, value_at
from simulator.mapping.values import is_same
from simulator.provisioning.answers import Failed, Fault, expect
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost, Resource, Values
from simulator.provisioning.request import Request
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed

ALREADY_THE_SAME = "The state of the user in both the source and target systems already match."


class EntraUsers:
    """Implements `provisioning.provider.UserMethods`."""

    def __init__(self, context: Context, settings: EntraSettings, shape: WireShape) -> None:
        self._context, self._settings, self._shape = context, settings, shape
        self._reads = settings.read_before_update != "none"

    def skip(self, turn: Turn, scope: Scope) -> None:
        """Skip a user who is out of scope and not managed: nothing is sent."""
        if turn.target_id:
            turn.skip("NotEffectivelyEntitled", "went out of scope earlier and is no longer managed")
        else:
            turn.skip(scope.skip_reason, "not in scope and never provisioned")

    # ── leaving (4.3) ──

    async def disable(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        """Disable a user who is unassigned, filtered out, blocked, or soft-deleted.

        Settings can delete or keep the user instead.
        """
        context, state = self._context, self._context.state
        if not scope.is_managed and self._settings.skip_out_of_scope_deletions:
            state.managed.pop(turn.object_id, None)
            state.left_alone[turn.target_id] = user.name
            turn.skip("SkipOutOfScopeDeletions", "went out of scope, and the job is set to leave such users unchanged")
            return
        if self._settings.out_of_scope is OutOfScope.DELETE:
            await self._delete(turn)
            return
        if not context.users.deactivates:
            turn.skip("NotEffectivelyEntitled", "the mapping has no attribute that deactivates the user")
            if not scope.is_managed:
                state.managed.pop(turn.object_id, None)
                state.left_alone[turn.target_id] = user.name
            return
        try:
            await self.update(turn, user, scope)
        except LinkLost:
            context.lose_user(turn)
            turn.skip("NotEffectivelyEntitled", "no longer in the target and not in scope")
        state.inactive[turn.object_id] = user.soft_deleted_at is not None
        if not scope.is_managed and turn.object_id in state.users:
            state.managed.pop(turn.object_id, None)
            state.released[turn.target_id] = user.name

    async def delete(self, turn: Turn) -> None:
        """Delete a managed user who was purged from the directory."""
        state = self._context.state
        turn.step("EntryImportDelete", "import")
        if not turn.target_id or turn.object_id not in state.managed:
            state.unlink_user(turn.object_id)
            turn.skip("NotEffectivelyEntitled", "deleted from the directory and not managed")
        elif turn.object_id not in state.inactive and self._settings.purge_between_cycles == "nothing":
            state.left_alone[turn.target_id] = turn.name
            state.unlink_user(turn.object_id)
            turn.skip("NotEffectivelyEntitled", "deleted and purged between two cycles, so no cycle saw the change")
        else:
            await self._delete(turn)

    async def _delete(self, turn: Turn) -> None:
        context, state = self._context, self._context.state
        turn.action = "Delete"
        if not context.users.may_delete:
            state.left_alone[turn.target_id] = turn.name
            state.unlink_user(turn.object_id)
            turn.skip("DeleteNotAllowed", "the target object actions do not include Delete")
            return
        with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, ["id"])):
            expect(
                await turn.send(requests.delete_user(turn.target_id)), 200, 204, 404
            )  # a 404 counts as success (docs/notes/entra.md 6.4)
        state.unlink_user(turn.object_id)
        state.drop_member(turn.object_id)
        turn.succeed("Delete")

    # ── matching and creating (2.4) ──

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """Look the user up by each matching attribute."""
        context = self._context
        found = await match(turn, self._settings, context.users, values, requests.match_user)
        if found is not None and self._settings.duplicate_source == "fail":
            self._check_owner(turn, found["id"], values)
        return found

    def _check_owner(self, turn: Turn, target_id: str, values: Values) -> None:
        """Raise Failed if the match belongs to another directory user with the same matching value (LOGS)."""
        context = self._context
        owner = context.directory.users.get(context.state.owners.get(target_id, ""))
        if owner is None or owner.object_id == turn.object_id:
            return
        others = context.values(owner, context.scope(owner))
        shared = [
            row.target
            for row in context.users.matching
            if row.target in values and is_same(values[row.target], others.get(row.target))
        ]
        if shared:
            told = f"{owner.name} has the same {shared[0]} in the directory, by which users are matched"
            raise Failed(Fault.DUPLICATE_SOURCE, told)

    async def create(self, turn: Turn, user: DirectoryUser, scope: Scope, values: Values) -> None:
        """Create the user with a POST that has no references."""
        context = self._context
        turn.step("EntrySynchronizationAdd", "processing")
        if not context.users.may_create:
            turn.skip("CreateNotAllowed", "the target object actions do not include Create")
            return
        exported = self._exported(values)
        if missing := context.users.missing(values):
            told = f"the directory has no value for {', '.join(missing)}, which the target requires"
            raise Failed(Fault.MISSING_VALUES, told)
        turn.modified = [(path, None, context.users.shown(path, value)) for path, value in exported.items()]
        exchange = await turn.send(requests.create_user(exported, self._shape))
        expect(exchange, 200, 201, conflict_after_match=True)
        created = resource_in(exchange)
        context.link_user(turn, created["id"])
        self._saw(turn.object_id, created, exported)
        turn.succeed("Create")
        withheld = [path for path in values if path not in exported]
        context.state.withheld.pop(turn.target_id, None)
        if withheld:
            context.state.withheld[turn.target_id] = frozenset(withheld)
            turn.held_back = True
        for path in withheld:
            turn.step("EntryExportAdd", "export", "Skipped", Property=path)

    def _exported(self, values: Values) -> Values:
        """The attributes of a POST.

        Custom attributes whose names do not follow the documented pattern follow in the next cycle (Immuta).
        """
        if self._settings.custom_names_at_creation == "same_request":
            return values
        return {path: value for path, value in values.items() if is_exported_at_creation(path)}

    # ── updating ──

    async def update(self, turn: Turn, user: DirectoryUser, scope: Scope, found: Resource | None = None) -> None:
        """Read the user, depending on the settings, and PATCH the differences.

        Raises LinkLost after a 404 with a SCIM error (docs/notes/entra.md 6.4).
        """
        values = self._context.values(user, scope)
        if found is not None:
            await self._write(turn, found, values)
        elif not self._reads:
            await self._write(turn, self._remembered(turn.object_id), values, may_be_gone=True)
        else:
            await self._write(turn, await self._current(turn, values), values)

    async def _current(self, turn: Turn, values: Values) -> Resource:
        """The linked user as the target returns it."""
        exchange = await turn.send(self._read(turn, values))
        resource: Resource | None = None
        if self._settings.read_before_update == "filter":
            resource = next((hit for hit in hits_of(exchange) if hit.get("id") == turn.target_id), None)
        elif exchange.status != 404:
            expect(exchange, 200)
            resource = resource_in(exchange)
        turn.step("EntryImport", "matching")
        if resource is not None:
            return resource
        if self._settings.on_404 == "fail":
            reason = "the linked user no longer exists in the target; restart the job"
            raise Failed(Fault.LINK_LOST, reason, exchange)
        raise LinkLost

    def _read(self, turn: Turn, values: dict[str, Any]) -> Request:
        matching = self._context.users.matching
        if self._settings.read_before_update == "filter" and matching and matching[0].target in values:
            return requests.match_user(matching[0].target, str(values[matching[0].target]))
        return requests.read_user(turn.target_id)

    async def _write(self, turn: Turn, resource: Resource, values: Values, *, may_be_gone: bool = False) -> None:
        context, state = self._context, self._context.state
        if self._reads:
            self._saw(turn.object_id, resource, values)
        only_adds = self._settings.multivalued_patch == "value_objects"
        changes = context.users.differences(values, resource, only_adds=only_adds)
        state.withheld.pop(turn.target_id, None)
        if not changes:
            if not self._reads:
                self._saw(turn.object_id, resource, values)
            if turn.status != "Warning":
                turn.skip("RedundantExport", ALREADY_THE_SAME)
            return
        request = requests.update_user(turn.target_id, changes, self._shape)
        disables = request.operation == "disable user"
        turn.action = "Disable" if disables else "Update"
        turn.step("EntrySynchronizationDisable" if disables else "EntrySynchronizationUpdate", "processing")
        if not context.users.may_update:
            turn.skip("UpdateNotAllowed", "the target object actions do not include Update")
            return
        shown = context.users.shown
        turn.modified = [
            (change.path, shown(change.path, value_at(resource, change.path)), shown(change.path, change.value))
            for change in changes
        ]
        exchange = await turn.send(request)
        if exchange.status == 404 and may_be_gone and self._settings.on_404 == "rematch":
            raise LinkLost
        with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, [change.path for change in changes])):
            confirm(exchange)
        if not self._reads:
            self._saw(turn.object_id, resource, values)
        turn.succeed(turn.action)

    # ── what is remembered ──

    def _saw(self, object_id: str, resource: dict[str, Any], values: dict[str, Any]) -> None:
        """Store what a read of the target showed, so that a manager that is missing there is written again."""
        state, matching = self._context.state, self._context.users.matching
        state.unique_values[object_id] = tuple(
            str(value).casefold() for row in matching if (value := values.get(row.target)) is not None
        )
        if not self._reads:
            state.told[object_id] = {**state.told.get(object_id, {}), **values}  # Entra never clears a value (KNOWN)
            state.note_sure("user", object_id, values)
            return
        state.unsure_values.pop(("user", object_id), None)
        held = value_at(resource, MANAGER_PATH)
        value = held.get("value") if isinstance(held, dict) else None
        if isinstance(value, str) and value:
            state.managers[object_id] = value
        else:
            state.managers.pop(object_id, None)

    def _remembered(self, object_id: str) -> dict[str, Any]:
        """The user as Entra last wrote it, for the case that Entra does not read the target first."""
        resource: dict[str, Any] = {}
        unsure = self._context.state.unsure("user", object_id)
        for path, value in self._context.state.told.get(object_id, {}).items():
            if path not in unsure and "id" not in unsure:
                put(resource, path, value)
        return resource
