"""The directory: the users and groups of the identity provider. Every change is recorded in the change log."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.company.people import Company, Person
from simulator.directory.change_log import ChangeLog

RECYCLE_BIN = timedelta(days=30)


class NoSuchObject(Exception):
    """The directory has no such user or group. The message names it."""


@dataclass(slots=True)
class DirectoryUser:
    """A user with Entra's source attributes by name (docs/notes/entra.md 5.2). `manager` is an object id."""

    object_id: str
    attributes: dict[str, Any]
    manager: str | None = None
    soft_deleted_at: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        return bool(self.attributes.get("accountEnabled", True)) and self.soft_deleted_at is None

    @property
    def name(self) -> str:
        return str(self.attributes.get("displayName", self.object_id))


@dataclass(slots=True)
class DirectoryGroup:
    """A group. `members` are object ids of users or groups, in the order in which they joined."""

    object_id: str
    attributes: dict[str, Any]
    members: dict[str, None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.attributes.get("displayName", self.object_id))


class Directory:
    """Users, groups, and assignments to the application. Times are virtual and aware."""

    def __init__(self, *, sync_all: bool = False) -> None:
        self.users: dict[str, DirectoryUser] = {}
        self.groups: dict[str, DirectoryGroup] = {}
        self.assigned: dict[str, None] = {}
        self.sync_all = sync_all
        self.log = ChangeLog()
        # Entra ID gives a restored user its memberships back, and reports neither their end nor their return as a change
        # of the group. Other directories remove the memberships for good.
        self.bin_keeps_memberships = False
        # When changes become visible: those of the directory, and those of groups whose members follow from attributes.
        self.replication_lag = self.group_lag = timedelta()
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._deferred = 0
        self._groups_of: dict[str, dict[str, None]] = {}  # including those that a restored user gets back
        self._bin: dict[str, datetime] = {}  # soft-deleted users, with the time of deletion

    @classmethod
    def from_company(cls, company: Company, at: datetime) -> Directory:
        """The directory of a company, with all users and groups assigned to the application."""
        directory = cls()
        people = list(company.people())
        for person in people:
            manager = None if person.manager_index is None else people[person.manager_index].object_id
            directory.add_user(at, user_attributes(person), manager)
            directory.assign(at, person.object_id)
        for group in company.groups(people):
            directory.add_group(at, group.object_id, group.display_name, group.description)
            for index in group.member_indexes:
                directory.add_member(at, group.object_id, people[index].object_id)
            directory.assign(at, group.object_id)
        return directory

    # ── what is seen late ──

    def defer(self, due: datetime, lag: timedelta, change: Callable[[], None]) -> None:
        """Make a change `lag` after it is due, when `catch_up` gets there; without a lag at once."""
        if not lag:
            change()
            return
        self._deferred += 1
        heapq.heappush(self._later, (due + lag, self._deferred, change))

    def catch_up(self, now: datetime) -> None:
        """Make the changes whose time has come."""
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2]()

    # ── users ──

    def user(self, object_id: str) -> DirectoryUser:
        """The user. Raises NoSuchObject."""
        if object_id not in self.users:
            raise NoSuchObject(f"no user {object_id} in the directory")
        return self.users[object_id]

    def add_user(self, at: datetime, attributes: dict[str, Any], manager: str | None = None) -> DirectoryUser:
        user = DirectoryUser(attributes["objectId"], attributes, manager)
        self.users[user.object_id] = user
        self.log.append(at, "user", user.object_id, "added")
        return user

    def update_user(self, at: datetime, object_id: str, **attributes: Any) -> None:
        """Set attributes. None removes an attribute."""
        user = self.user(object_id)
        changed = tuple(name for name, value in attributes.items() if user.attributes.get(name) != value)
        user.attributes.update(attributes)
        if changed:
            self.log.append(at, "user", object_id, "updated", changed)

    def set_manager(self, at: datetime, object_id: str, manager: str | None) -> None:
        user = self.user(object_id)
        if user.manager != manager:
            user.manager = manager
            self.log.append(at, "user", object_id, "manager", ("manager",))

    def block(self, at: datetime, object_id: str) -> None:
        """accountEnabled = false."""
        self._enable(at, object_id, False, "blocked")

    def unblock(self, at: datetime, object_id: str) -> None:
        self._enable(at, object_id, True, "unblocked")

    def soft_delete(self, at: datetime, object_id: str) -> None:
        """Move a user to the recycle bin and remove it from the members of all groups."""
        user = self.user(object_id)
        if user.soft_deleted_at is None:
            user.soft_deleted_at = self._bin[object_id] = at
            self.log.append(at, "user", object_id, "soft_deleted")
            for group_id in list(self._groups_of.get(object_id, ())):
                if self.bin_keeps_memberships:
                    del self.groups[group_id].members[object_id]
                else:
                    self.remove_member(at, group_id, object_id)

    def restore(self, at: datetime, object_id: str) -> None:
        """Restore a user from the recycle bin, with the memberships that the bin kept."""
        user = self.user(object_id)
        if user.soft_deleted_at is not None:
            user.soft_deleted_at = None
            del self._bin[object_id]
            for group_id in self._groups_of.get(object_id, ()):
                self.groups[group_id].members[object_id] = None
            self.log.append(at, "user", object_id, "restored")

    def purge(self, at: datetime, object_id: str) -> None:
        """Delete a user permanently."""
        user = self.user(object_id)
        for group_id in list(self._groups_of.get(object_id, ())):
            self.remove_member(at, group_id, object_id)
        for report in self.users.values():
            if report.manager == object_id:
                self.set_manager(at, report.object_id, None)
        self.assigned.pop(object_id, None)
        del self.users[user.object_id]
        self._bin.pop(object_id, None)
        self.log.append(at, "user", object_id, "purged")

    def purge_expired(self, now: datetime) -> list[str]:
        """Purge users who have been in the recycle bin for 30 days. Returns their ids."""
        expired = [object_id for object_id, since in self._bin.items() if now - since >= RECYCLE_BIN]
        for object_id in expired:
            self.purge(now, object_id)
        return expired

    # ── groups ──

    def group(self, object_id: str) -> DirectoryGroup:
        """The group. Raises NoSuchObject."""
        if object_id not in self.groups:
            raise NoSuchObject(f"no group {object_id} in the directory")
        return self.groups[object_id]

    def add_group(self, at: datetime, object_id: str, display_name: str, description: str = "") -> DirectoryGroup:
        attributes = {"objectId": object_id, "displayName": display_name, "description": description or None}
        group = self.groups[object_id] = DirectoryGroup(object_id, {**attributes, "securityEnabled": True})
        self.log.append(at, "group", object_id, "added")
        return group

    def rename_group(self, at: datetime, object_id: str, display_name: str) -> None:
        self.group(object_id).attributes["displayName"] = display_name
        self.log.append(at, "group", object_id, "updated", ("displayName",))

    def delete_group(self, at: datetime, object_id: str) -> None:
        group = self.group(object_id)
        for member in (*group.members, *self._bin):
            self._groups_of.get(member, {}).pop(object_id, None)
        del self.groups[object_id]
        self.assigned.pop(object_id, None)
        self.log.append(at, "group", object_id, "purged")

    def add_member(self, at: datetime, group_id: str, member_id: str) -> None:
        group = self.group(group_id)
        if member_id not in group.members:
            group.members[member_id] = None
            self._groups_of.setdefault(member_id, {})[group_id] = None
            self.log.append(at, "group", group_id, "members", (member_id,))

    def remove_member(self, at: datetime, group_id: str, member_id: str) -> None:
        group = self.group(group_id)
        if group_id in self._groups_of.get(member_id, ()):
            group.members.pop(member_id, None)
            self._groups_of[member_id].pop(group_id)
            self.log.append(at, "group", group_id, "members", (member_id,))

    def groups_of(self, object_id: str) -> list[str]:
        """The groups of which an object is a direct member."""
        return list(self._groups_of.get(object_id, ()))

    # ── assignment to the app ──

    def assign(self, at: datetime, object_id: str) -> None:
        if object_id not in self.assigned:
            self.assigned[object_id] = None
            self.log.append(at, self._kind(object_id), object_id, "assigned")

    def unassign(self, at: datetime, object_id: str) -> None:
        if object_id in self.assigned:
            del self.assigned[object_id]
            self.log.append(at, self._kind(object_id), object_id, "unassigned")

    def _kind(self, object_id: str) -> Any:
        return "group" if object_id in self.groups else "user"

    def _enable(self, at: datetime, object_id: str, enabled: bool, what: str) -> None:
        user = self.user(object_id)
        if user.attributes.get("accountEnabled", True) != enabled:
            user.attributes["accountEnabled"] = enabled
            self.log.append(at, "user", object_id, what, ("accountEnabled",))


def user_attributes(person: Person) -> dict[str, Any]:
    """The source attributes of a person. Mail and phone numbers that HR does not have are not made up."""
    return {
        "objectId": person.object_id,
        "userPrincipalName": person.user_principal_name,
        "mailNickname": person.mail_nickname,
        "displayName": person.display_name,
        "givenName": person.given_name,
        "surname": person.surname,
        "mail": person.mail,
        "jobTitle": person.job_title,
        "department": person.department,
        "employeeId": person.employee_id,
        "physicalDeliveryOfficeName": person.office,
        "streetAddress": person.street_address,
        "city": person.city,
        "state": person.state,
        "postalCode": person.postal_code,
        "country": person.country,
        "telephoneNumber": person.telephone,
        "mobile": None if person.contractor else person.mobile,
        "preferredLanguage": person.preferred_language,
        "employeeType": "Contractor" if person.contractor else "Employee",
        "accountEnabled": True,
    }
