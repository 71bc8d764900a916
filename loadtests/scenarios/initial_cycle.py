"""The first cycle as Entra sends it: a probe, then match and create, groups, members one by one, managers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadtests.operations import Check, anything, at_most_one, nobody, resource
from loadtests.workload import Unit, Workload
from simulator.company.people import Company
from simulator.directory.directory import user_attributes
from simulator.entra import requests
from simulator.entra.mapping import default_mapping
from simulator.entra.requests import Request

# Sends one request whose answer has to pass the check; returns the parsed answer of a success, None for a failure.
Send = Callable[[Request, Check], Any]


def carry_out(work: Workload, unit: Unit, send: Send) -> bool:
    """Send what a unit needs and note the ids the target made; returns whether all of it worked."""
    return _ACTIONS[unit.kind](work, unit, send)


def wanted_values(company: Company, index: int) -> dict[str, Any]:
    """Target path → value of one person, as the default mapping gives them."""
    attributes = user_attributes(company.person(index))
    return default_mapping("user").projected({**attributes, "IsSoftDeleted": "False"})


def _probe(work: Workload, unit: Unit, send: Send) -> bool:
    """The connection test: somebody who does not exist."""
    return send(requests.probe_user(work.company.object_id("probe", 0)), nobody) is not None


def _user(work: Workload, unit: Unit, send: Send) -> bool:
    values = wanted_values(work.company, unit.person)
    match, create = requests.match_user("userName", values["userName"]), requests.create_user(values)
    target_id = _matched_or_created(work, "/Users", match, create, at_most_one("userName", values["userName"]), send)
    if target_id is None:
        return False
    work.user_ids[unit.person] = target_id
    return True


def _group(work: Workload, unit: Unit, send: Send) -> bool:
    group = work.groups[unit.group]
    name = group.display_name
    match, create = (
        requests.match_group("displayName", name),
        requests.create_group({"externalId": group.object_id, "displayName": name}),
    )
    target_id = _matched_or_created(work, "/Groups", match, create, at_most_one("displayName", name), send)
    if target_id is None:
        return False
    work.group_ids[unit.group] = target_id
    return True


def _matched_or_created(
    work: Workload, endpoint: str, match: Request, create: Request, check: Check, send: Send
) -> str | None:
    """The target's id: of a resource that was there (a run goes on where another stopped), or of a new one."""
    found = send(match, check)
    if found is None:
        return None
    for hit in found.get("Resources") or ():
        return str(hit["id"])
    made = send(create, resource)
    if made is None:
        return None
    work.made.append(f"{endpoint}/{made['id']}")
    return str(made["id"])


def _member(work: Workload, unit: Unit, send: Send) -> bool:
    group_id, user_id = work.group_ids.get(unit.group), work.user_ids.get(unit.person)
    if group_id is None or user_id is None:
        return False
    return send(requests.add_members(group_id, [user_id]), anything) is not None


def _manager(work: Workload, unit: Unit, send: Send) -> bool:
    number = work.company.person(unit.person).manager_index
    manager = None if number is None else work.user_ids.get(number)
    user_id = work.user_ids.get(unit.person)
    if manager is None or user_id is None:
        return False
    return send(requests.set_manager(user_id, manager, exists=False), anything) is not None


_ACTIONS = {"probe": _probe, "user": _user, "group": _group, "member": _member, "manager": _manager}
