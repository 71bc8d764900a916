"""The lifecycle events that a scenario can contain, and how each changes the directory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.company.people import Company
from simulator.directory.directory import Directory, user_attributes
from simulator.lifecycle.expectations import Expectation
from simulator.stream.events import ChangeKind

# what → kind: all events that a scenario can contain
WHAT: dict[str, ChangeKind] = {
    "hired": "joiner",
    "rehired": "joiner",
    "restored": "joiner",
    "title_changed": "mover",
    "department_changed": "mover",
    "site_changed": "mover",
    "manager_changed": "mover",
    "name_changed": "mover",
    "user_name_changed": "mover",
    "blocked": "leaver",
    "unassigned": "leaver",
    "soft_deleted": "leaver",
    "hard_deleted": "leaver",
    "group_created": "group",
    "group_renamed": "group",
    "group_deleted": "group",
    "member_added": "group",
    "member_removed": "group",
    "attributes_changed": "mover",
    "unblocked": "joiner",
    "group_nested": "group",
    # actions of an administrator on the provisioning job
    "job_restarted": "provider",
    "job_stopped": "provider",
    "job_started": "provider",
    "deletes_allowed": "provider",
    "scope_changed": "provider",  # takes effect for objects that change, and for the others after a restart
    "mapping_changed": "provider",  # starts a complete evaluation
    "filter_changed": "provider",
    "provisioned_on_demand": "provider",
    "checked": "provider",  # changes nothing; carries expectations
    # events of the target
    "target_down": "target",
    "target_throttles": "target",
    "target_errors": "target",
    "target_errors_after": "target",
    "target_slow": "target",
    "target_loses_replies": "target",
    "target_loses_writes": "target",
    "token_rotated": "target",
    "target_killed": "target",
    "target_backed_up": "target",
    "target_restored": "target",
}
IN_THE_DIRECTORY = ("joiner", "mover", "leaver", "group")


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """One event at a virtual time. `person` is a person's number in the company, `group` the name of a group.

    The keys of `detail` depend on `what`: title, department, and site (new values), manager (a person's number),
    given_name, surname, user_principal_name, name (a group's new name), attributes (by source name), group (the group to
    nest), scopes (of a restart), scope (all or assigned), attribute and expression (of a mapping), attribute, operator, and
    values (of a filter), for (a duration such as 2h), and count (a number of requests).
    """

    at: datetime
    what: str
    person: int | None = None
    group: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    then: tuple[Expectation, ...] = ()
    number: int | None = field(
        default=None, compare=False
    )  # index in the scenario's list of events; None: generated from a seed

    @property
    def kind(self) -> ChangeKind:
        """What the event changes: people, groups, the job, or the target."""
        return WHAT[self.what]


class EventDoesNotFit(Exception):
    """The event is impossible in this directory, for example because the person or group does not exist."""

    number: int | None = None  # index of the event in the scenario's list, if known


def apply_event(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    """Apply an event to the directory; events of the job and the target are ignored. Raises EventDoesNotFit."""
    if event.what == "provisioned_on_demand" and not directory.users[_person(event, directory, company)].is_enabled:
        raise EventDoesNotFit("provisioned_on_demand: the portal does not find users who are blocked or deleted (POD)")
    if event.kind not in IN_THE_DIRECTORY:
        return
    try:
        _ACTIONS[event.what](event, directory, company)
    except KeyError as error:
        raise EventDoesNotFit(f"{event.what} at {event.at.isoformat()}: detail {error} is missing") from None


def group_named(directory: Directory, name: str | None) -> str:
    """The object id of the group with this name. Raises EventDoesNotFit when there is none."""
    for group in directory.groups.values():
        if group.name == name:
            return group.object_id
    raise EventDoesNotFit(f'there is no group "{name}"')


def _person(event: LifecycleEvent, directory: Directory, company: Company) -> str:
    if event.person is None:
        raise EventDoesNotFit(f"{event.what}: expected a person")
    object_id = company.object_id("person", event.person)
    if object_id not in directory.users:
        raise EventDoesNotFit(f"{event.what}: person {event.person} is not in the directory")
    return object_id


def _hired(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    if event.person is None:
        raise EventDoesNotFit("hired: expected a person")
    person = company.person(event.person)
    manager = None if person.manager_index is None else company.object_id("person", person.manager_index)
    if person.object_id in directory.users:
        raise EventDoesNotFit(f"hired: person {event.person} is already in the directory")
    directory.add_user(event.at, user_attributes(person), manager if manager in directory.users else None)
    directory.assign(event.at, person.object_id)
    _join_usual(event.at, directory, person.object_id)


def _join_usual(at: datetime, directory: Directory, object_id: str) -> None:
    """Add the person to the groups of everyone, of the department, and of the site."""
    attributes = directory.users[object_id].attributes
    for name in (
        "Everybody",
        f"Department {attributes['department']}",
        f"Site {attributes['physicalDeliveryOfficeName']}",
    ):
        _join(at, directory, name, object_id)


def _unassigned(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    """Remove the person's assignments to the application, both direct and through groups."""
    object_id = _person(event, directory, company)
    for group_id in directory.groups_of(object_id):
        if group_id in directory.assigned:
            directory.remove_member(event.at, group_id, object_id)
    directory.unassign(event.at, object_id)


def _join(at: datetime, directory: Directory, group_name: str, object_id: str) -> None:
    """As a dynamic group does: the member follows from its attributes, some time later."""

    def join() -> None:
        user = directory.users.get(object_id)
        for group in directory.groups.values() if user and user.soft_deleted_at is None else ():
            if group.name == group_name:
                directory.add_member(at, group.object_id, object_id)

    directory.defer(at, directory.group_lag, join)


def _leave(at: datetime, directory: Directory, group_name: str, object_id: str) -> None:
    def leave() -> None:
        for group in directory.groups.values():
            if group.name == group_name:
                directory.remove_member(at, group.object_id, object_id)

    directory.defer(at, directory.group_lag, leave)


def _rehired(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    object_id = _person(event, directory, company)
    directory.restore(event.at, object_id)
    directory.unblock(event.at, object_id)
    directory.assign(event.at, object_id)
    _join_usual(event.at, directory, object_id)


def _title(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    directory.update_user(event.at, _person(event, directory, company), jobTitle=event.detail["title"])


def _department(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    object_id = _person(event, directory, company)
    before, after = directory.users[object_id].attributes["department"], event.detail["department"]
    title = event.detail.get("title", directory.users[object_id].attributes["jobTitle"])
    directory.update_user(event.at, object_id, department=after, jobTitle=title)
    _leave(event.at, directory, f"Department {before}", object_id)
    _join(event.at, directory, f"Department {after}", object_id)


def _site(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    from simulator.company.org_chart import SITES

    object_id = _person(event, directory, company)
    before = directory.users[object_id].attributes["physicalDeliveryOfficeName"]
    site = next((site for site in SITES if site.name == event.detail["site"]), None)
    if site is None:
        raise EventDoesNotFit(f'site_changed: there is no site "{event.detail["site"]}"')
    directory.update_user(
        event.at,
        object_id,
        physicalDeliveryOfficeName=site.name,
        streetAddress=site.street,
        city=site.city,
        state=site.state,
        postalCode=site.postal_code,
        country=site.country,
    )
    _leave(event.at, directory, f"Site {before}", object_id)
    _join(event.at, directory, f"Site {site.name}", object_id)


def _manager(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    number = event.detail["manager"]
    manager = None if number is None else company.object_id("person", number)
    if manager is not None and manager not in directory.users:
        raise EventDoesNotFit(f"manager_changed: person {number} is not in the directory")
    directory.set_manager(event.at, _person(event, directory, company), manager)


def _name(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    object_id = _person(event, directory, company)
    attributes = directory.users[object_id].attributes
    given = event.detail.get("given_name", attributes["givenName"])
    surname = event.detail.get("surname", attributes["surname"])
    directory.update_user(event.at, object_id, givenName=given, surname=surname, displayName=f"{given} {surname}")


def _user_name(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    name = event.detail["user_principal_name"]
    directory.update_user(event.at, _person(event, directory, company), userPrincipalName=name, mail=name)


def _hard_deleted(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    object_id = _person(event, directory, company)
    directory.soft_delete(event.at, object_id)
    directory.purge(event.at, object_id)


def _group_created(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    name = event.group or ""
    if any(group.name == name for group in directory.groups.values()):
        raise EventDoesNotFit(f'group_created: the group "{name}" already exists')
    # A group that is created again under the same name is a new group with its own id.
    number = int.from_bytes(hashlib.sha256(f"{name}/{event.at.isoformat()}".encode()).digest()[:8])
    object_id = company.object_id("new group", number)
    directory.add_group(event.at, object_id, name)
    directory.assign(event.at, object_id)
    for number in event.detail.get("members", ()):
        member = company.object_id("person", number)
        if member in directory.users and directory.users[member].soft_deleted_at is None:
            directory.add_member(event.at, object_id, member)


def _member(event: LifecycleEvent, directory: Directory, company: Company) -> None:
    change = directory.add_member if event.what == "member_added" else directory.remove_member
    change(event.at, group_named(directory, event.group), _person(event, directory, company))


_ACTIONS: dict[str, Callable[[LifecycleEvent, Directory, Company], None]] = {
    "hired": _hired,
    "rehired": _rehired,
    "unblocked": lambda event, d, c: d.unblock(event.at, _person(event, d, c)),
    "attributes_changed": lambda event, d, c: d.update_user(
        event.at, _person(event, d, c), **event.detail["attributes"]
    ),
    "group_nested": lambda event, d, c: d.add_member(
        event.at, group_named(d, event.group), group_named(d, event.detail["group"])
    ),
    "restored": lambda event, d, c: d.restore(event.at, _person(event, d, c)),
    "title_changed": _title,
    "department_changed": _department,
    "site_changed": _site,
    "manager_changed": _manager,
    "name_changed": _name,
    "user_name_changed": _user_name,
    "blocked": lambda event, d, c: d.block(event.at, _person(event, d, c)),
    "unassigned": _unassigned,
    "soft_deleted": lambda event, d, c: d.soft_delete(event.at, _person(event, d, c)),
    "hard_deleted": _hard_deleted,
    "group_created": _group_created,
    "group_renamed": lambda event, d, c: d.rename_group(event.at, group_named(d, event.group), event.detail["name"]),
    "group_deleted": lambda event, d, c: d.delete_group(event.at, group_named(d, event.group)),
    "member_added": _member,
    "member_removed": _member,
}
