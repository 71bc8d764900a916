"""References: managers after users, members after groups, one PATCH each (entra.md 2.7, 3.6, 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.entra import requests
from simulator.entra.mapping import value_at
from simulator.entra.outcome import Failed, expect
from simulator.entra.requests import MANAGER_PATH
from simulator.entra.scoping import is_in_scope

if TYPE_CHECKING:
    from simulator.entra.cycle import Entry, Provisioning


class References:
    """What the service remembers of references it wrote, and how it brings them up to date."""

    def __init__(self, job: Provisioning) -> None:
        self._job = job
        self._managers: dict[str, str] = {}  # object id → target id of the manager the target shows
        self.held_back = False  # the latest object refers to somebody in scope who is not in the target yet
        self._members: dict[str, dict[str, str]] = {}  # group object id → member object id → target id

    def saw_manager(self, object_id: str, resource: dict[str, Any]) -> None:
        """Take over what a read of the target showed, so that a lost manager is written again."""
        held = value_at(resource, MANAGER_PATH)
        value = held.get("value") if isinstance(held, dict) else None
        if isinstance(value, str) and value:
            self._managers[object_id] = value
        else:
            self._managers.pop(object_id, None)

    def forget(self, group_id: str) -> None:
        self._members.pop(group_id, None)

    async def manager(self, object_id: str) -> Entry | None:
        """Bring one user's manager up to date; a manager who is not in the target is left out."""
        from simulator.entra.cycle import Entry

        job = self._job
        manager = job.directory.users[object_id].manager if object_id in job.directory.users else None
        wanted = job.users.get(manager) if manager else None
        self.held_back = wanted is None and manager is not None and self._is_awaited(manager)
        held = self._managers.get(object_id)
        if wanted == held:
            return None
        target_id = job.users[object_id]
        if wanted is None:
            request = requests.remove_manager(target_id, job.dialect)
        else:
            request = requests.set_manager(target_id, wanted, job.dialect, exists=held is not None)
        expect(await job.send(request, person=object_id), 200, 204)
        if wanted is None:
            self._managers.pop(object_id, None)
        else:
            self._managers[object_id] = wanted
        return Entry("Update", "Success")

    async def members(self, object_id: str) -> Entry | None:
        """Bring a group's members up to date, one PATCH each; a failure of one does not stop the others."""
        from simulator.entra.cycle import Entry

        job = self._job
        target_id = job.groups[object_id]
        wanted = {
            member: target
            for member in job.directory.groups[object_id].members
            if (target := job.users.get(member) or job.groups.get(member))
        }
        self.held_back = any(
            member not in wanted and self._is_awaited(member) for member in job.directory.groups[object_id].members
        )
        held = self._members.setdefault(object_id, {})
        failure: Failed | None = None
        work = [(member, held[member], False) for member in held if wanted.get(member) != held[member]]
        work += [(member, target, True) for member, target in wanted.items() if held.get(member) != target]
        for member, target, joins in work:
            make = requests.add_member if joins else requests.remove_member
            exchange = await job.send(make(target_id, target, job.dialect), group=object_id, person=member)
            try:
                expect(exchange, 200, 204)
            except Failed as error:
                failure = error
                continue
            if joins:
                held[member] = target
            elif held.get(member) == target:
                del held[member]
        if failure is not None:
            raise failure
        return Entry("Update", "Success") if work else None

    def _is_awaited(self, object_id: str) -> bool:
        user = self._job.directory.users.get(object_id)
        return user is not None and is_in_scope(self._job.directory, user)
