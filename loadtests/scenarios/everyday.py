"""What is sent once everybody is there: changes, leavers, returns, members who come and go, and reads.

Each first notes what the directory says from then on: a target that refuses has the wrong end state, not us.
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


# What a unit makes of the directory; kinds that are not here leave it as it is (or are of endless phases only).
EFFECTS: dict[str, Callable[[Workload, Unit], None]] = {
    "change": note_change,
    "leave": note_leaver,
    "join": note_joiner,
    "member gone": note_removal,
}


def change(work: Workload, unit: Unit, send: Send) -> bool:
    """Read, then PATCH what differs, as an incremental cycle does."""
    note_change(work, unit)
    return _bring_up_to_date(work, unit.person, send)


def switch(work: Workload, unit: Unit, send: Send) -> bool:
    """Off, or on again."""
    work.record.inactive ^= {unit.person}
    return _bring_up_to_date(work, unit.person, send)


def _bring_up_to_date(work: Workload, person: int, send: Send) -> bool:
    target, wanted = user_id(work, person, send), current_values(work, person)
    held = None if target is None else send(requests.read_user(target), person_called(wanted["userName"]))
    if target is None or held is None:
        return False
    changes = changes_between(wanted, held)
    return not changes or send(requests.update_user(target, changes), anything) is not None


def leave(work: Workload, unit: Unit, send: Send) -> bool:
    """Deactivate, then look until it is so; the time counts from the moment in which everybody left."""
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
    held = send(requests.read_user(target), person_called(current_values(work, person)["userName"]))
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
    """Out of a group, or into it again."""
    if (unit.group, unit.person) not in work.record.left_groups:
        return remove_member(work, unit, send)
    work.record.left_groups.discard((unit.group, unit.person))
    return add_member(work, unit, send)


# ── reads ──


def read_one(work: Workload, unit: Unit, send: Send) -> bool:
    target = user_id(work, unit.person, send)
    name = current_values(work, unit.person)["userName"]
    return target is not None and send(requests.read_user(target), person_called(name)) is not None


def match(work: Workload, unit: Unit, send: Send) -> bool:
    """A filter that has to find exactly one."""
    name = current_values(work, unit.person)["userName"]
    found = send(requests.match_user("userName", name), at_most_one("userName", name))
    return bool(found and found.get("Resources"))


def first_page(work: Workload, unit: Unit, send: Send) -> bool:
    return send(requests.read_page("/Users", 1, PAGE), full_page(1, work.company.size)) is not None


def deep_page(work: Workload, unit: Unit, send: Send) -> bool:
    """Somewhere in the list, mostly far from its beginning."""
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
    """The answer to a read: the resource that was asked for."""

    def check(body: Any) -> str | None:
        held = body.get(attribute) if isinstance(body, dict) else None
        return None if isinstance(held, str) and held.casefold() == value.casefold() else "answered somebody else"

    return check


def full_page(start: int, people: int) -> Check:
    """The answer to a page: at least so many people, and as many on it as fit (RFC 7644 section 3.4.2.4 allows fewer)."""

    def check(body: Any) -> str | None:
        if not isinstance(body, dict) or not isinstance(body.get("totalResults"), int):
            return "no ListResponse"
        if body["totalResults"] < people:
            return "totalResults is less than the people that were created"
        found = body.get("Resources") or []
        if not isinstance(found, list) or not found:
            return "an empty page in the middle"
        if len(found) > PAGE:
            return "more on a page than was asked for"
        return None if body.get("startIndex", start) == start else "startIndex of another page"

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
