"""Derives the expected state of the target from the directory, and updates it after each cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.provisioning.job import Job
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser


class Projection:
    """The expected state of one job. Call `update` after each cycle."""

    def __init__(self, job: Job, foreign: frozenset[str] = frozenset()) -> None:
        self._job = job
        self._target_of: dict[tuple[str, str], str] = {}
        self.state = ExpectedState(foreign=foreign)

    def update(self, *, everything: bool = False) -> ExpectedState:
        """Update the objects that the latest cycle processed, or all of them if links were replaced or `everything` is set."""
        job, state = self._job, self.state
        looked_at = job.looked_at
        if job.context.relinked or everything:
            looked_at = [("user", id_) for id_ in job.directory.users] + [
                ("group", id_) for id_ in job.directory.groups
            ]
        if not looked_at:
            return state
        for kind, object_id in looked_at:
            if kind == "user":
                self._update_user(object_id)
            else:
                self._update_group(object_id)
        state.released = dict(job.state.released)
        state.foreign = (state.foreign | job.state.left_alone.keys()) - state.users.keys()
        return state

    def target_of(self, kind: str, object_id: str) -> str | None:
        """The target id that an object had at the last update."""
        return self._target_of.get((kind, object_id))

    def _update_user(self, object_id: str) -> None:
        job, state = self._job, self.state
        user = job.directory.users.get(object_id)
        target = job.state.users.get(object_id)
        before = self._target_of.pop(("user", object_id), "")
        state.users.pop(before, None)
        state.unlinked.pop(object_id, None)
        if before and target is None and before not in job.state.left_alone:
            self._drop_member(before)
        if user is None:
            return
        scope = job.context.scope(user)
        if target is None:
            if scope.is_in_scope and job.schema.user.may_create:
                state.unlinked[object_id] = user.name
            return
        if object_id in job.state.managed:
            try:
                values = job.context.values(user, scope)
            except ExpressionError:
                return  # reported as a failure of that object
            if not scope.is_in_scope and not job.provider.updates_inactive:
                told = job.state.told.get(object_id, {})
                values = {path: value if path == "active" else told.get(path, value) for path, value in values.items()}
            if withheld := job.state.withheld.get(target):
                values = {path: value for path, value in values.items() if path not in withheld}
            manager = job.state.users.get(user.manager) if user.manager else None
            if not job.schema.user.maps_reference("manager"):
                manager = None
            state.users[target] = ExpectedUser(object_id, user.name, values, manager)
            self._target_of["user", object_id] = target

    def _update_group(self, object_id: str) -> None:
        job, state = self._job, self.state
        group = job.directory.groups.get(object_id)
        target = job.state.groups.get(object_id)
        state.groups.pop(self._target_of.pop(("group", object_id), ""), None)
        if group is None or target is None:
            return
        members = job.state.targets_of(group.members) | self._kept_members(object_id, group.members)
        try:
            values = job.context.group_values(object_id)
        except ExpressionError:
            return
        if not job.schema.group.maps_reference("members"):
            members = frozenset()
        possible = self._possible_members(object_id)
        state.groups[target] = ExpectedGroup(object_id, group.name, values, members, possible)
        self._target_of["group", object_id] = target

    def _kept_members(self, object_id: str, members: Mapping[str, None]) -> frozenset[str]:
        """The target ids of members that a directory has in its recycle bin, or that were purged and not deleted.

        They are no longer among the group's `members`, but their memberships stay in the target.
        """
        job = self._job
        if not job.directory.bin_keeps_memberships:
            return frozenset()
        held = job.state.members.get(object_id, {})
        return frozenset(held[member] for member in held.keys() - members.keys() if self._is_kept(member, held[member]))

    def _possible_members(self, object_id: str) -> frozenset[str]:
        """The target ids of members whose last change was not confirmed before they went into the recycle bin."""
        unsure = self._job.state.unsure_members.get(object_id)
        if not unsure or not self._job.directory.bin_keeps_memberships:
            return frozenset()
        return frozenset(target for member, target in unsure.items() if self._is_kept(member, target))

    def _is_kept(self, member: str, target: str) -> bool:
        user = self._job.directory.users.get(member)
        return user.soft_deleted_at is not None if user else target in self._job.state.left_alone

    def _drop_member(self, target_id: str) -> None:
        """Remove a deleted user from the groups of the target."""
        for id_, group in self.state.groups.items():
            if target_id in group.members:
                self.state.groups[id_] = replace(group, members=group.members - {target_id})
