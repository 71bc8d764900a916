"""The initial cycle of Entra ID: connection test, lookup and creation of users, groups, single members, and managers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadtests.scenarios.operations import Check, anything, at_most_one, nobody, resource
from loadtests.scenarios.run_record import Made
from loadtests.scenarios.workload import Unit, Workload
from simulator.company.people import Person
from simulator.directory.directory import user_attributes
from simulator.entra import requests
from simulator.entra.default_mapping import default_mapping
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.mapping.target_path import value_at
from simulator.mapping.values import is_missing, is_same
from simulator.provisioning.request import Request

# Sends one request and checks the response. Returns the parsed body of a success, or None for a failure.
Send = Callable[[Request, Check], Any]
Action = Callable[[Workload, Unit, Send], bool]


class NotYet(Exception):
    """The unit depends on a resource that another worker has not created yet."""


def wanted_values(person: Person, revision: int = 0, *, active: bool = True) -> dict[str, Any]:
    """The values of a person by target path from the default mapping, after `revision` changes."""
    attributes = user_attributes(person)
    if revision:
        attributes["jobTitle"] = f"{attributes['jobTitle']} {revision + 1}"
        attributes["mobile"] = f"{attributes['mobile']}{revision}"
    return default_mapping("user").projected({**attributes, "IsSoftDeleted": str(not active)})


def current_values(work: Workload, person: Person) -> dict[str, Any]:
    """The values of a person by target path in the current state of the directory."""
    return wanted_values(
        person, work.record.revisions.get(person.index, 0), active=person.index not in work.record.inactive
    )


def changes_between(wanted: dict[str, Any], held: dict[str, Any]) -> list[AttributeChange]:
    """The changes to send so that a resource in the target has the wanted values."""
    found = [(path, value, value_at(held, path)) for path, value in wanted.items()]
    return [
        AttributeChange(path, value, exists=is_value is not None)
        for path, value, is_value in found
        if (is_missing(value, is_value) if isinstance(value, list) else not is_same(value, is_value))
    ]


def user_id(work: Workload, index: int, send: Send) -> str | None:
    """The target's id of a person, looked up if another worker creates the person. Raises NotYet."""
    if index not in work.record.user_ids and not work.owns(index):
        name = current_values(work, work.company.person(index))["userName"]
        work.record.user_ids[index] = _looked_up(
            requests.match_user("userName", name), at_most_one("userName", name), send
        )
    return work.record.user_ids.get(index)


def group_id(work: Workload, number: int, send: Send) -> str | None:
    """The target's id of a group, looked up if another worker creates the group. Raises NotYet."""
    if number not in work.record.group_ids and not work.owns(number):
        name = work.groups[number].display_name
        match = requests.match_group("displayName", name)
        work.record.group_ids[number] = _looked_up(match, at_most_one("displayName", name), send)
    return work.record.group_ids.get(number)


def _looked_up(match: Request, check: Check, send: Send) -> str:
    for hit in (send(match, check) or {}).get("Resources") or ():
        return str(hit["id"])
    raise NotYet


def create_user(work: Workload, unit: Unit, send: Send) -> bool:
    """Look the user up, then create it. A user of an earlier, interrupted run is updated instead."""
    values = current_values(work, work.company.person(unit.person))
    match, create = requests.match_user("userName", values["userName"]), requests.create_user(values)
    check = at_most_one("userName", values["userName"])
    found = _matched_or_created(work, Made("/Users", unit.person, ""), match, create, check, send)
    if found is None:
        return False
    target_id, held = found
    work.record.user_ids[unit.person] = target_id
    work.people += 1
    work.created += held is None
    changes = [] if held is None else changes_between(values, held)
    return not changes or send(requests.update_user(target_id, changes), anything) is not None


def _probe(work: Workload, unit: Unit, send: Send) -> bool:
    """The connection test: look up a user that does not exist."""
    return send(requests.probe_user(work.company.object_id("probe", 0)), nobody) is not None


def _group(work: Workload, unit: Unit, send: Send) -> bool:
    group = work.groups[unit.group]
    name = group.display_name
    match, create = (
        requests.match_group("displayName", name),
        requests.create_group({"externalId": group.object_id, "displayName": name}),
    )
    check = at_most_one("displayName", name)
    found = _matched_or_created(work, Made("/Groups", unit.group, ""), match, create, check, send)
    if found is None:
        return False
    work.record.group_ids[unit.group] = found[0]
    return True


def _matched_or_created(
    work: Workload, whom: Made, match: Request, create: Request, check: Check, send: Send
) -> tuple[str, dict[str, Any] | None] | None:
    """The target's id of a resource and, if it existed before, its content."""
    found = send(match, check)
    if found is None:
        return None
    for hit in found.get("Resources") or ():
        return str(hit["id"]), hit
    made = send(create, resource)
    if made is None:
        return None
    work.record.made.append(whom._replace(id=str(made["id"])))
    return str(made["id"]), None


def add_member(work: Workload, unit: Unit, send: Send) -> bool:
    target, person = group_id(work, unit.group, send), user_id(work, unit.person, send)
    if target is None or person is None:
        return False
    return send(requests.add_members(target, [person]), anything) is not None


def set_manager(work: Workload, unit: Unit, send: Send) -> bool:
    number = work.company.manager_of(unit.person)
    manager = None if number is None else user_id(work, number, send)
    person = user_id(work, unit.person, send)
    if manager is None or person is None:
        return False
    return send(requests.set_manager(person, manager, exists=False), anything) is not None


ACTIONS: dict[str, Action] = {
    "probe": _probe,
    "user": create_user,
    "group": _group,
    "member": add_member,
    "manager": set_manager,
}
