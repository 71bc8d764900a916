"""The requests after the initial cycle: changes, leavers, returning users, membership changes, and reads.

Each action first records the new state of the directory, so that a rejected request leads to a wrong end state of the target.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from loadtests.scenarios.initial_cycle import (
    Action,
    NotYet,
    Send,
    add_member,
    changes_between,
    create_user,
    current_values,
    group_id,
    user_id,
)
from loadtests.scenarios.operations import Check, anything, at_most_one
from loadtests.scenarios.workload import Unit, Workload
from simulator.entra import requests

PAGE = 100


def note_change(work: Workload, unit: Unit) -> None:
    work.record.revisions[unit.person] = unit.number or work.record.revisions.get(unit.person, 0) + 1


def note_leaver(work: Workload, unit: Unit) -> None:
    work.record.inactive.add(unit.person)


def note_joiner(work: Workload, unit: Unit) -> None:
    work.record.joined.add(unit.person)


def note_removal(work: Workload, unit: Unit) -> None:
    work.record.left_groups.add((unit.group, unit.person))


# How a unit changes the directory. Other kinds do not change it or occur only in endless phases.
EFFECTS: dict[str, Callable[[Workload, Unit], None]] = {
    "change": note_change,
    "leave": note_leaver,
    "join": note_joiner,
    "member gone": note_removal,
}


def change(work: Workload, unit: Unit, send: Send) -> bool:
    """Read the user, then PATCH the differences, as in an incremental cycle."""
    note_change(work, unit)
    return _bring_up_to_date(work, unit.person, send)


def switch(work: Workload, unit: Unit, send: Send) -> bool:
    """Deactivate or reactivate a user."""
    work.record.inactive ^= {unit.person}
    return _bring_up_to_date(work, unit.person, send)


def _bring_up_to_date(work: Workload, person: int, send: Send) -> bool:
    target, wanted = user_id(work, person, send), current_values(work, work.company.person(person))
    held = None if target is None else send(requests.read_user(target), person_called(wanted["userName"]))
    if target is None or held is None:
        return False
    changes = changes_between(wanted, held)
    return not changes or send(requests.update_user(target, changes), anything) is not None


def leave(work: Workload, unit: Unit, send: Send) -> bool:
    """Deactivate a user and read it until it is inactive. The time counts from when all leavers left."""
    person = unit.person
    target = user_id(work, person, send)
    work.record.leaver_seconds.setdefault(person, None)
    if target is None:
        note_leaver(work, unit)
        return False
    if person not in work.record.inactive:
        note_leaver(work, unit)
        if send(requests.disable_user(target), anything) is None:
            return False
    held = send(
        requests.read_user(target), person_called(current_values(work, work.company.person(person))["userName"])
    )
    if held is None:
        return False
    if held.get("active") is not False:
        raise NotYet
    work.record.leaver_seconds[person] = round(work.now() - work.phase_began, 3)
    return True


def join(work: Workload, unit: Unit, send: Send) -> bool:
    note_joiner(work, unit)
    return create_user(work, unit, send)


def remove_member(work: Workload, unit: Unit, send: Send) -> bool:
    note_removal(work, unit)
    target, person = group_id(work, unit.group, send), user_id(work, unit.person, send)
    if target is None or person is None:
        return False
    return send(requests.remove_members(target, [person]), anything) is not None


def regroup(work: Workload, unit: Unit, send: Send) -> bool:
    """Remove a user from a group, or add it again."""
    if (unit.group, unit.person) not in work.record.left_groups:
        return remove_member(work, unit, send)
    work.record.left_groups.discard((unit.group, unit.person))
    return add_member(work, unit, send)


# ── reads ──


def read_one(work: Workload, unit: Unit, send: Send) -> bool:
    target = user_id(work, unit.person, send)
    name = current_values(work, work.company.person(unit.person))["userName"]
    return target is not None and send(requests.read_user(target), person_called(name)) is not None


def match(work: Workload, unit: Unit, send: Send) -> bool:
    """Look up a user with a filter that must find exactly one."""
    name = current_values(work, work.company.person(unit.person))["userName"]
    found = send(requests.match_user("userName", name), at_most_one("userName", name))
    return bool(found and found.get("Resources"))


def first_page(work: Workload, unit: Unit, send: Send) -> bool:
    return send(requests.read_page("/Users", 1, PAGE), full_page(1, work.company.size)) is not None


def deep_page(work: Workload, unit: Unit, send: Send) -> bool:
    """Read a page at a position that is usually far from the beginning."""
    start = random.Random(f"{work.company.seed}/page/{unit.number}").randrange(work.company.size) + 1
    return send(requests.read_page("/Users", start, PAGE), full_page(start, work.company.size)) is not None


def read_group(work: Workload, unit: Unit, send: Send) -> bool:
    target = group_id(work, unit.group, send)
    return (
        target is not None
        and send(requests.read_group(target), called(work.groups[unit.group].display_name)) is not None
    )


def person_called(user_name: str) -> Check:
    return _with("userName", user_name)


def called(display_name: str) -> Check:
    return _with("displayName", display_name)


def _with(attribute: str, value: str) -> Check:
    """A check that the response contains the requested resource."""

    def check(body: Any) -> str | None:
        held = body.get(attribute) if isinstance(body, dict) else None
        return (
            None if isinstance(held, str) and held.casefold() == value.casefold() else "returned a different resource"
        )

    return check


def full_page(start: int, people: int) -> Check:
    """A check that totalResults is at least `people` and the page has resources (RFC 7644 section 3.4.2.4)."""

    def check(body: Any) -> str | None:
        if not isinstance(body, dict) or not isinstance(body.get("totalResults"), int):
            return "not a ListResponse"
        if body["totalResults"] < people:
            return "totalResults is less than the number of created users"
        found = body.get("Resources") or []
        if not isinstance(found, list) or not found:
            return "empty page before the end of the list"
        if len(found) > PAGE:
            return "more resources than requested"
        return None if body.get("startIndex", start) == start else "startIndex of a different page"

    return check


ACTIONS: dict[str, Action] = {
    "change": change,
    "switch": switch,
    "leave": leave,
    "join": join,
    "member gone": remove_member,
    "regroup": regroup,
    "read one": read_one,
    "match": match,
    "first page": first_page,
    "deep page": deep_page,
    "read group": read_group,
}
