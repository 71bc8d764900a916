"""The state of a job between cycles: links, watermark, waiting changes, and quarantine (docs/notes/entra.md 2.4, 2.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from simulator.mapping.target_path import MANAGER_PATH
from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.escrow import Escrows, Key
from simulator.provisioning.quarantine import Quarantine
from simulator.stream.events import ObjectKind


class ResetScope(StrEnum):
    """The state that a restart clears, as in Graph's synchronizationJobRestartCriteria."""

    NONE = "None"
    CONNECTOR_DATA_STORE = "ConnectorDataStore"
    ESCROWS = "Escrows"
    WATERMARK = "Watermark"
    QUARANTINE_STATE = "QuarantineState"
    FULL = "Full"
    FORCE_DELETES = "ForceDeletes"


PORTAL_RESTART = (ResetScope.QUARANTINE_STATE, ResetScope.WATERMARK, ResetScope.ESCROWS)


@dataclass(slots=True)
class History:
    """The cycles in a job's status: the first and last time of the steady state, and the latest successful cycles."""

    steady_first: CycleReport | None = None
    steady_last: CycleReport | None = None
    successful: CycleReport | None = None
    successful_with_exports: CycleReport | None = None

    def note(self, report: CycleReport, *, is_good: bool) -> None:
        """A cycle got through."""
        self.steady_first = self.steady_first or report
        self.steady_last = report
        if is_good:
            self.successful = report
            if report.exported:
                self.successful_with_exports = report


@dataclass(slots=True)
class JobState:
    """Durable for as long as the job lives. Keys are object ids, values target ids, unless said otherwise."""

    escrows: Escrows
    users: dict[str, str] = field(default_factory=dict)
    dropped_users: dict[str, str] = field(default_factory=dict)  # the last link of a user, if it was dropped
    groups: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # target id of a user → object id: `users` the other way round
    managed: dict[str, None] = field(default_factory=dict)  # users in scope once and not unassigned since
    inactive: dict[str, bool] = field(default_factory=dict)  # users switched off in the target: whether soft-deleted
    released: dict[str, str] = field(default_factory=dict)  # target id → name: no longer ours, left inactive
    left_alone: dict[str, str] = field(default_factory=dict)  # target id → name: no longer ours, whatever they are
    managers: dict[str, str] = field(default_factory=dict)  # user → target id of the manager the target shows
    members: dict[str, dict[str, str]] = field(default_factory=dict)  # group → member → target id
    unsure_members: dict[str, dict[str, str]] = field(default_factory=dict)  # the same: changes without a confirmation
    shows_members: dict[str, None] = field(default_factory=dict)  # groups that were read with members, though excluded
    told: dict[str, dict[str, object]] = field(default_factory=dict)  # user → values by path, where nothing is read
    unique_values: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what the target was last told to hold
    staged: dict[Key, None] = field(default_factory=dict)  # deletions that were held back
    watermark: int | None = None  # None: the next cycle is an initial one
    quarantine: Quarantine | None = None
    force_deletes: bool = False
    is_paused: bool = False
    is_disabled: bool = False
    # paths whose last change was not confirmed; "id" for a deletion
    unsure_values: dict[tuple[ObjectKind, str], frozenset[str]] = field(default_factory=dict)
    unsure_creates: dict[tuple[ObjectKind, str], dict[str, object]] = field(
        default_factory=dict
    )  # values of POSTs without a confirmation
    withheld: dict[str, frozenset[str]] = field(default_factory=dict)  # target id → paths that follow in the next cycle
    history: History = field(default_factory=History)

    def restart(self, scopes: Iterable[ResetScope] = PORTAL_RESTART) -> None:
        """Clear the given state; an empty collection acts like the portal's button. A paused or disabled job runs again."""
        chosen = set(scopes) or set(PORTAL_RESTART)
        full = ResetScope.FULL in chosen
        if full or ResetScope.WATERMARK in chosen:
            self.watermark = None
        if full or ResetScope.ESCROWS in chosen:
            self.escrows.clear()
        if full or ResetScope.CONNECTOR_DATA_STORE in chosen:
            self.dropped_users |= self.users
            held = (self.users, self.owners, self.groups, self.managed, self.inactive, self.managers, self.members)
            for links in held:
                links.clear()
            self.unsure_members.clear()
            self.unsure_values.clear()
            self.unsure_creates.clear()
            self.shows_members.clear()
            self.told.clear()
            self.unique_values.clear()
            self.watermark = None
        if full or chosen & {ResetScope.QUARANTINE_STATE, ResetScope.FORCE_DELETES, ResetScope.NONE}:
            self.quarantine = None
        self.force_deletes = ResetScope.FORCE_DELETES in chosen
        if not self.force_deletes:
            self.staged.clear()
        self.is_paused = self.is_disabled = False

    def linked(self, object_ids: Collection[str]) -> dict[str, str]:
        """The target ids of those of these users and groups that are linked, in order."""
        found = dict(zip(object_ids, map(self.users.get, object_ids), strict=True))
        if None not in found.values():  # as in most groups, which can have thousands of members
            return cast("dict[str, str]", found)
        return {id_: target for id_, user in found.items() if (target := user or self.groups.get(id_))}

    def targets_of(self, object_ids: Collection[str]) -> frozenset[str]:
        """The target ids of those of these users and groups that are linked."""
        found = frozenset(map(self.users.get, object_ids))
        return frozenset(self.linked(object_ids).values()) if None in found else cast("frozenset[str]", found)

    def unlink_user(self, object_id: str) -> None:
        """Remove a user's link and its remembered state."""
        target_id = self.users.get(object_id, "")
        if target_id:
            self.dropped_users[object_id] = target_id
        if self.owners.get(target_id) == object_id:
            del self.owners[target_id]
        for held in (self.users, self.managed, self.inactive, self.managers, self.told, self.unique_values):
            held.pop(object_id, None)
        self.unsure_values.pop(("user", object_id), None)

    def note_unsure(self, kind: ObjectKind, object_id: str, paths: Iterable[str]) -> None:
        """The target may or may not have the new values of these paths; "id" stands for a deletion."""
        self.unsure_values[kind, object_id] = self.unsure(kind, object_id) | frozenset(paths)

    def note_sure(self, kind: ObjectKind, object_id: str, paths: Iterable[str]) -> None:
        """The target has confirmed the values of these paths, and therefore that the resource exists."""
        if (kind, object_id) in self.unsure_values:
            self.unsure_values[kind, object_id] -= {"id", *paths}

    def unsure(self, kind: ObjectKind, object_id: str) -> frozenset[str]:
        return self.unsure_values.get((kind, object_id), frozenset())

    def note_manager(self, object_id: str, target_id: str | None) -> None:
        """The target has this manager of a user, or none."""
        self.managers.pop(object_id, None)
        if target_id is not None:
            self.managers[object_id] = target_id
        self.note_sure("user", object_id, [MANAGER_PATH])

    def note_members(self, group: str, members: Mapping[str, str], *, joined: bool, confirmed: bool) -> None:
        """Remember a change of a group's members. Without a confirmation, both states are possible."""
        if not confirmed:
            self.unsure_members.setdefault(group, {}).update(members)
            return
        held, unsure = self.members.setdefault(group, {}), self.unsure_members.get(group, {})
        for member, target in members.items():
            unsure.pop(member, None)
            if joined:
                held[member] = target
            elif held.get(member) == target:
                del held[member]

    def drop_member(self, object_id: str) -> None:
        """The target has removed a deleted user or group from its groups."""
        for held in (*self.members.values(), *self.unsure_members.values()):
            held.pop(object_id, None)

    def unlink_group(self, object_id: str) -> None:
        self.groups.pop(object_id, None)
        self.members.pop(object_id, None)
        self.unsure_members.pop(object_id, None)
        self.unsure_values.pop(("group", object_id), None)
        self.shows_members.pop(object_id, None)
