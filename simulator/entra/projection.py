"""The directory's projection: what the target must hold after a cycle, kept up to date with what the cycle looked at."""

from __future__ import annotations

from simulator.entra.cycle import Provisioning
from simulator.entra.mapping import default_mapping
from simulator.entra.scoping import is_in_scope, source_of
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser


class Projection:
    """Expected state of one job; `update` after each cycle, then `state` is true."""

    def __init__(self, job: Provisioning, foreign: frozenset[str] = frozenset()) -> None:
        self._job = job
        self._target_of: dict[str, str] = {}
        self.state = ExpectedState(foreign=foreign)

    def update(self) -> ExpectedState:
        """Work in what the latest cycle looked at; everything when links were replaced."""
        job, state = self._job, self.state
        for object_id in list(job.directory.users) if job.relinked else job.looked_at:
            self._update_user(object_id)
        state.released = dict(job.released)
        state.foreign -= state.users.keys()
        state.groups = {
            target: ExpectedGroup(
                object_id,
                job.directory.groups[object_id].name,
                frozenset(
                    linked
                    for member in job.directory.groups[object_id].members
                    if (linked := job.users.get(member) or job.groups.get(member))
                ),
            )
            for object_id, target in job.groups.items()
            if object_id in job.directory.groups
        }
        return state

    def _update_user(self, object_id: str) -> None:
        job, state = self._job, self.state
        user = job.directory.users.get(object_id)
        target = job.users.get(object_id)
        state.users.pop(self._target_of.pop(object_id, ""), None)
        state.unlinked.pop(object_id, None)
        if user is None:
            return
        if target is None:
            if is_in_scope(job.directory, user):
                state.unlinked[object_id] = user.name
            return
        if object_id in job.managed:
            values = default_mapping("user").projected(source_of(job.directory, user))
            manager = job.users.get(user.manager) if user.manager else None
            state.users[target] = ExpectedUser(object_id, user.name, values, manager)
            self._target_of[object_id] = target
