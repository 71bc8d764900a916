"""What someone does by hand to people, groups, and the job, as the events that a scenario also has."""

from __future__ import annotations

from typing import Any

from live_page.session.people import state_of
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem

# The page's name → the event. Each is made for one person or one group.
OF_A_PERSON = {
    "title": "title_changed",
    "department": "department_changed",
    "site": "site_changed",
    "manager": "manager_changed",
    "name": "name_changed",
    "user name": "user_name_changed",
    "attributes": "attributes_changed",
    "block": "blocked",
    "unblock": "unblocked",
    "assign": "rehired",
    "unassign": "unassigned",
    "soft delete": "soft_deleted",
    "restore": "restored",
    "hard delete": "hard_deleted",
}
OF_A_GROUP = {
    "create group": "group_created",
    "rename group": "group_renamed",
    "delete group": "group_deleted",
    "nest group": "group_nested",
}
OF_BOTH = {"add member": "member_added", "remove member": "member_removed"}
OF_THE_JOB = {
    "stop": "job_stopped",
    "start": "job_started",
    "restart": "job_restarted",
    "allow deletions": "deletes_allowed",
}
MOST_AT_ONCE = 50_000


async def change(
    play: Playthrough, what: str, person: str | None, group: str | None, detail: dict[str, Any]
) -> dict[str, Any]:
    """Make one change. Returns the object id and name of a person who was hired. Raises Problem or EventDoesNotFit."""
    simulation = play.simulation
    if what == "hire":
        number = play.next_hire()
        await simulation.apply("hired", person=number)
        object_id = simulation.company.object_id("person", number)
        return {"id": object_id, "name": simulation.company.person(number).display_name}
    if what in OF_THE_JOB:
        await simulation.apply(OF_THE_JOB[what], detail=detail)
        return {}
    if what in OF_A_PERSON:
        await simulation.apply(OF_A_PERSON[what], person=_number(play, person), detail=_numbered(play, detail))
    elif what in OF_A_GROUP:
        await simulation.apply(OF_A_GROUP[what], group=_name(group), detail=detail)
    elif what in OF_BOTH:
        await simulation.apply(OF_BOTH[what], person=_number(play, person), group=_name(group))
    else:
        raise Problem(f'There is no change with the name "{what[:40]}".')
    return {}


async def joiners(play: Playthrough, count: int) -> dict[str, Any]:
    """Hire a number of random people."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise Problem(f"Expected a number of joiners from 1 to {MOST_AT_ONCE:,}.")
    for _ in range(count):
        await play.simulation.apply("hired", person=play.next_hire())
    return {"people": count}


async def leavers(play: Playthrough, percent: float, how: str) -> dict[str, Any]:
    """Block, unassign, or delete a random share of the people who are active."""
    event = OF_A_PERSON.get(how)
    if event not in ("blocked", "unassigned", "soft_deleted"):
        raise Problem("Expected one of block, unassign, and soft delete.")
    if not 0 < percent <= 100:
        raise Problem("Expected a share of more than 0 and at most 100 percent.")
    present = [
        number
        for user in list(play.simulation.directory.users.values())
        if state_of(play, user) == "active" and (number := play.number_of(user.object_id)) is not None
    ]
    for number in play.dice.sample(present, min(len(present), max(1, round(len(present) * percent / 100)))):
        await play.simulation.apply(event, person=number)
    return {"people": max(1, round(len(present) * percent / 100)) if present else 0}


def _number(play: Playthrough, object_id: str | None) -> int:
    number = play.number_of(object_id or "")
    if number is None:
        raise Problem("This person is not in the directory.", "Choose another one in the list.")
    return number


def _name(group: str | None) -> str:
    if not group or not group.strip():
        raise Problem("The name of the group is missing.", "Enter a name.")
    return group.strip()


def _numbered(play: Playthrough, detail: dict[str, Any]) -> dict[str, Any]:
    """The detail with the number of the manager instead of an object id."""
    manager = detail.get("manager")
    return {**detail, "manager": _number(play, manager)} if isinstance(manager, str) else detail
