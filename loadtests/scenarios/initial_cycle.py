"""The first cycle as Entra sends it: match, create, groups, members one by one, managers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadtests.workload import Unit, Workload
from simulator.company.people import Company
from simulator.directory.directory import user_attributes
from simulator.entra import requests
from simulator.entra.mapping import default_mapping
from simulator.entra.requests import Dialect, Request

# Sends one request; returns the parsed answer of a success, None for a failure.
Send = Callable[[Request], Any]


def carry_out(work: Workload, unit: Unit, send: Send) -> bool:
    """Send what a unit needs and note the ids the target made; returns whether all of it worked."""
    return _ACTIONS[unit.kind](work, unit, send)


def wanted_values(company: Company, index: int) -> dict[str, Any]:
    """Target path → value of one person, as the default mapping gives them."""
    attributes = user_attributes(company.person(index))
    return default_mapping("user").projected({**attributes, "IsSoftDeleted": "False"})


def _user(work: Workload, unit: Unit, send: Send) -> bool:
    values = wanted_values(work.company, unit.person)
    found = send(requests.match_user("userName", values["userName"]))
    if found is None:
        return False
    hits = found.get("Resources") or []
    resource = hits[0] if hits else send(requests.create_user(values))
    if resource is None:
        return False
    work.user_ids[unit.person] = resource["id"]
    return True


def _group(work: Workload, unit: Unit, send: Send) -> bool:
    group = work.groups[unit.group]
    found = send(requests.match_group("displayName", group.display_name))
    if found is None:
        return False
    hits = found.get("Resources") or []
    resource = hits[0] if hits else send(requests.create_group(group.object_id, group.display_name))
    if resource is None:
        return False
    work.group_ids[unit.group] = resource["id"]
    return True


def _member(work: Workload, unit: Unit, send: Send) -> bool:
    group_id, user_id = work.group_ids.get(unit.group), work.user_ids.get(unit.person)
    if group_id is None or user_id is None:
        return False
    return send(requests.add_member(group_id, user_id, Dialect.DEFAULT)) is not None


def _manager(work: Workload, unit: Unit, send: Send) -> bool:
    number = work.company.person(unit.person).manager_index
    manager = None if number is None else work.user_ids.get(number)
    user_id = work.user_ids.get(unit.person)
    if manager is None or user_id is None:
        return False
    return send(requests.set_manager(user_id, manager, Dialect.DEFAULT, exists=False)) is not None


_ACTIONS = {"user": _user, "group": _group, "member": _member, "manager": _manager}
