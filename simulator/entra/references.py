"""References: managers after users, and members after groups, in batches of a set size (docs/notes/entra.md 2.7, 3.6, 3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.entra import requests
from simulator.entra.requests import WireShape
from simulator.entra.settings import EntraSettings
from simulator.mapping.target_path import MANAGER_PATH
from simulator.provisioning.answers import Failed, expect, listed
from simulator.provisioning.context import Context
from simulator.provisioning.turn import Turn


class EntraReferences:
    """Implements `provisioning.provider.ReferenceMethods`."""

    def __init__(self, context: Context, settings: EntraSettings, shape: WireShape) -> None:
        self._context, self._settings, self._shape = context, settings, shape

    async def manager(self, turn: Turn) -> None:
        """One user's manager; one who is not in the target is left out, and held back while they are awaited."""
        context, state = self._context, self._context.state
        user = context.directory.users.get(turn.object_id)
        turn.target_id = state.users.get(turn.object_id, "")
        if user is None or not turn.target_id or turn.object_id not in state.managed:
            return
        wanted = state.users.get(user.manager) if user.manager else None
        turn.held_back = wanted is None and user.manager is not None and context.is_awaited(user.manager)
        held = state.managers.get(turn.object_id)
        if wanted == held or not context.users.may_update:
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "referenceResolution")
        turn.modified = [(MANAGER_PATH, held, wanted or "")]
        if wanted is None:
            request = requests.remove_manager(turn.target_id, self._shape)
        else:
            if await self._is_there(turn, "/Users", "manager", wanted):
                state.managers[turn.object_id] = wanted
                return
            request = requests.set_manager(turn.target_id, wanted, self._shape, exists=held is not None)
        expect(await turn.send(request), 200, 204)
        if wanted is None:
            state.managers.pop(turn.object_id, None)
        else:
            state.managers[turn.object_id] = wanted
        turn.succeed("Update")

    async def members(self, turn: Turn, *, only: frozenset[str] | None = None) -> None:
        """A group's members: who left first, then who joined; a failure of one PATCH does not stop the others.

        `only` are the members that were chosen on demand; the others are left as they are.
        """
        context, state = self._context, self._context.state
        group = context.directory.groups.get(turn.object_id)
        turn.target_id = state.groups.get(turn.object_id, "")
        if group is None or not turn.target_id or not context.groups.may_update:
            return
        wanted = {
            member: target
            for member in group.members
            if (only is None or member in only) and (target := state.users.get(member) or state.groups.get(member))
        }
        turn.held_back = any(member not in wanted and context.is_awaited(member) for member in group.members)
        held = state.members.setdefault(turn.object_id, {})
        leaving = {member: target for member, target in held.items() if only is None and wanted.get(member) != target}
        joining = {member: target for member, target in wanted.items() if held.get(member) != target}
        if not leaving and not joining:
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "referenceResolution")
        failure: Failed | None = None
        for chunk, joins in [*self._chunks(leaving, False), *self._chunks(joining, True)]:
            make = requests.add_members if joins else requests.remove_members
            who = next(iter(chunk)) if len(chunk) == 1 else ""
            try:
                if joins and who and await self._is_there(turn, "/Groups", "members", chunk[who]):
                    held.update(chunk)
                    continue
                cause = {"person": who} if who else {}
                expect(await turn.send(make(turn.target_id, list(chunk.values()), self._shape), **cause), 200, 204)
            except Failed as error:
                failure = error
                continue
            for member, target in chunk.items():
                turn.modified.append(("members", None if joins else target, target if joins else None))
                if joins:
                    held[member] = target
                elif held.get(member) == target:
                    del held[member]
        if failure is not None:
            raise failure
        turn.succeed("Update")

    def _chunks(self, members: dict[str, str], joins: bool) -> Iterator[tuple[dict[str, str], bool]]:
        size, pairs = self._settings.members_per_patch, list(members.items())
        for start in range(0, len(pairs), size):
            yield dict(pairs[start : start + size]), joins

    async def _is_there(self, turn: Turn, endpoint: str, attribute: str, value: str) -> bool:
        """The documented look-up before a reference is written, where the knob asks for it."""
        if not self._settings.reference_probe:
            return False
        hits = listed(await turn.send(requests.match_reference(endpoint, turn.target_id, attribute, value)))
        return any(hit.get("id") == turn.target_id for hit in hits)
