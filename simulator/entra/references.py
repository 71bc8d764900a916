"""Writes managers after users, and members after groups, several concurrently (docs/notes/entra.md 2.7, 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.entra import requests
from simulator.entra.reading import confirm, hits_of
from simulator.entra.requests import WireShape
from simulator.entra.settings import EntraSettings
from simulator.mapping.target_path import MANAGER_PATH
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.parallel_turns import in_lanes
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed
from simulator.wire.exchange import Exchange

UNRESOLVED = "UnableToResolveReferenceAttributeValue"
MOST_UNRESOLVED = 10  # steps of one log entry


@dataclass(frozen=True, slots=True)
class _Change:
    """One PATCH of a group's members.

    `members` maps object ids to target ids; `exchanges` are its requests and responses.
    """

    turn: Turn
    members: dict[str, str]
    joins: bool
    exchanges: list[Exchange] = field(default_factory=list)


class EntraReferences:
    """Implements `provisioning.provider.ReferenceMethods`."""

    def __init__(self, context: Context, settings: EntraSettings, shape: WireShape) -> None:
        self._context, self._settings, self._shape = context, settings, shape

    async def manager(self, turn: Turn) -> None:
        """Write the manager of one user.

        A manager who is not in the target is left out, and retried while it is expected to follow.
        """
        context, state = self._context, self._context.state
        user = context.directory.users.get(turn.object_id)
        turn.target_id = state.users.get(turn.object_id, "")
        if user is None or not turn.target_id or turn.object_id not in state.managed:
            return
        wanted = state.users.get(user.manager) if user.manager else None
        turn.held_back = wanted is None and user.manager is not None and context.is_awaited(user.manager)
        if user.manager and wanted is None and not turn.held_back:
            _note_unresolved(turn, [user.manager], "manager")
        held = state.managers.get(turn.object_id)
        is_known = MANAGER_PATH not in state.unsure("user", turn.object_id)
        if (wanted == held and is_known) or not context.users.may_update:
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "referenceResolution")
        turn.modified = [(MANAGER_PATH, held, wanted or "")]
        if wanted is None:
            request = requests.remove_manager(turn.target_id, self._shape)
        else:
            if await self._is_there(turn, "/Users", "manager", wanted):
                state.note_manager(turn.object_id, wanted)
                return
            request = requests.set_manager(turn.target_id, wanted, self._shape, exists=held is not None)
        with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, [MANAGER_PATH])):
            confirm(await turn.send(request))
        state.note_manager(turn.object_id, wanted)
        turn.succeed("Update")

    async def members(self, turn: Turn, *, only: frozenset[str] | None = None) -> None:
        """Write the members of a group: removals first, then additions. The failure of one PATCH does not stop the others.

        A user in the recycle bin stays a member, because the target is expected to keep the membership (HOW).
        An initial cycle, also after a restart, adds every member again. `only` contains the members that were
        selected on demand; the others are not changed.
        """
        context, state = self._context, self._context.state
        group = context.directory.groups.get(turn.object_id)
        turn.target_id = state.groups.get(turn.object_id, "")
        if group is None or not turn.target_id or not context.groups.may_update:
            return
        members = group.members if only is None else [member for member in group.members if member in only]
        wanted = state.linked(members)
        missing = [member for member in members if member not in wanted and not self._is_deleted(member)]
        awaited = {member for member in missing if context.is_awaited(member)}
        turn.held_back = bool(awaited)
        _note_unresolved(turn, [member for member in missing if member not in awaited], "members")
        held, unsure = state.members.get(turn.object_id, {}), state.unsure_members.get(turn.object_id, {})
        again = only is None and state.watermark is None
        leaving = {
            member: target
            for member, target in (held | unsure if unsure else held).items()
            if only is None and wanted.get(member) != target and not self._is_deleted(member)
        }
        sure = {member: target for member, target in held.items() if member not in unsure} if unsure else held
        joining = {member: target for member, target in wanted.items() if again or sure.get(member) != target}
        if not leaving and not joining:
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "referenceResolution")
        changes = [
            _Change(turn, chunk, joins)
            for chunk, joins in [*self._chunks(leaving, False), *self._chunks(joining, True)]
        ]
        failure: Failed | None = None
        for change, error in zip(
            changes, await in_lanes(changes, self._settings.group_lanes, self._change_members), strict=True
        ):
            turn.exchanges += change.exchanges
            if error is not None:
                failure = error
                if error.is_unconfirmed:
                    state.note_members(turn.object_id, change.members, joined=change.joins, confirmed=False)
                continue
            state.note_members(turn.object_id, change.members, joined=change.joins, confirmed=True)
            for target in change.members.values():
                turn.modified.append(("members", None if change.joins else target, target if change.joins else None))
        if failure is not None:
            raise failure
        turn.succeed("Update")

    async def _change_members(self, change: _Change) -> Failed | None:
        """Send one PATCH.

        Several PATCH requests for one group run concurrently, and the failure of one does not stop the
        others.
        """
        turn, ids, shape = change.turn, list(change.members.values()), self._shape
        who = next(iter(change.members)) if len(ids) == 1 else ""
        try:
            if change.joins and who and await self._is_there(turn, "/Groups", "members", ids[0], change.exchanges):
                return None
            if change.joins:
                replaces = turn.object_id in self._context.state.shows_members
                request = requests.add_members(turn.target_id, ids, shape, replaces=replaces)
            else:
                request = requests.remove_members(turn.target_id, ids, shape)
            if who:
                confirm(await turn.send(request, into=change.exchanges, person=who))
            else:
                confirm(await turn.send(request, into=change.exchanges))
        except Failed as error:
            return error
        return None

    def _is_deleted(self, member: str) -> bool:
        """Whether the user is in the recycle bin or purged.

        The target removes the membership when it deletes the user, not earlier.
        """
        directory = self._context.directory
        user = directory.users.get(member)
        return user.soft_deleted_at is not None if user else member not in directory.groups

    def _chunks(self, members: dict[str, str], joins: bool) -> Iterator[tuple[dict[str, str], bool]]:
        size, pairs = self._settings.members_per_patch, list(members.items())
        for start in range(0, len(pairs), size):
            yield dict(pairs[start : start + size]), joins

    async def _is_there(
        self, turn: Turn, endpoint: str, attribute: str, value: str, into: list[Exchange] | None = None
    ) -> bool:
        """Check whether the reference exists before writing it, if the knob `reference_probe` is on."""
        if not self._settings.reference_probe:
            return False
        request = requests.match_reference(endpoint, turn.target_id, attribute, value)
        hits = hits_of(await turn.send(request, into=into))
        return any(hit.get("id") == turn.target_id for hit in hits)


def _note_unresolved(turn: Turn, references: list[str], attribute: str) -> None:
    """Log a warning for a reference that is not in scope (LOGS; application-provisioning-log-analytics.md)."""
    for reference in references[:MOST_UNRESOLVED]:
        sentence = (
            f"We were unable to assign {reference} as the {attribute} of {turn.name}. Ensure that {reference} is in scope "
            f"for provisioning. Provision {reference} on-demand and then provision {turn.name} on-demand, or restart "
            f"provisioning after ensuring that {reference} is in scope."
        )
        turn.step("EntrySynchronizationUpdate", "referenceResolution", "Warning", ErrorCode=UNRESOLVED, Reason=sentence)
        if reference == references[0]:
            turn.warn(UNRESOLVED, sentence)
