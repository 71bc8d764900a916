"""The people and groups of the directory, one page at a time. The search runs here, so 50,000 people cost the browser nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from simulator.directory.directory import DirectoryGroup, DirectoryUser
from simulator.provisioning.scoping import is_assigned

PAGE = 50
STATES = ("active", "blocked", "unassigned", "deleted")


def people_page(play: Playthrough, search: str, state: str, page: int) -> dict[str, Any]:
    """One page of the people who match a search and have a state; empty strings match everyone."""
    found: Iterable[DirectoryUser] = play.search.find(search.casefold().split())
    if state:
        found = (user for user in found if state_of(play, user) == state)
    return _paged(found, page, len(play.simulation.directory.users), lambda user: _person_row(play, user))


def groups_page(play: Playthrough, search: str, page: int) -> dict[str, Any]:
    """One page of the groups that match a search."""
    groups = list(play.simulation.directory.groups.values())
    words = search.casefold().split()
    found = (group for group in groups if all(word in group.name.casefold() for word in words))
    return _paged(found, page, len(groups), lambda group: _group_row(play, group))


def group_details(play: Playthrough, object_id: str, search: str, page: int) -> dict[str, Any]:
    """A group with one page of its members. Raises Problem."""
    directory = play.simulation.directory
    group = directory.groups.get(object_id)
    if group is None:
        raise Problem("This group is not in the directory.", "Choose another one in the list.")
    words = search.casefold().split()
    members = [
        held
        for id_ in list(group.members)
        if (held := directory.users.get(id_) or directory.groups.get(id_)) is not None
    ]
    found = (held for held in members if all(word in held.name.casefold() for word in words))
    listed = _paged(found, page, len(members), lambda held: _member_row(play, held))
    return {**_group_row(play, group), "list": listed, "target_id": play.simulation.job.state.groups.get(object_id)}


def state_of(play: Playthrough, user: DirectoryUser) -> str:
    """Whether a user is active, blocked, deleted (in the recycle bin), or not assigned to the application."""
    if user.soft_deleted_at is not None:
        return "deleted"
    if not user.is_enabled:
        return "blocked"
    return "active" if is_assigned(play.simulation.directory, user.object_id) else "unassigned"


def counts(play: Playthrough) -> dict[str, int]:
    """The sizes of the directory, and of what is linked to it."""
    directory, state = play.simulation.directory, play.simulation.job.state
    return {
        "people": len(directory.users),
        "groups": len(directory.groups),
        "linked_people": len(state.users),
        "linked_groups": len(state.groups),
    }


def _paged(found: Iterable[Any], page: int, total: int, row: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    matching = list(found)
    first = max(0, min(page, (len(matching) - 1) // PAGE)) * PAGE
    rows = [row(one) for one in islice(matching, first, first + PAGE)]
    return {"rows": rows, "first": first, "page": first // PAGE, "size": PAGE, "found": len(matching), "total": total}


def _person_row(play: Playthrough, user: DirectoryUser) -> dict[str, Any]:
    attributes = user.attributes
    return {
        "id": user.object_id,
        "name": user.name,
        "user_name": attributes.get("userPrincipalName"),
        "title": attributes.get("jobTitle"),
        "department": attributes.get("department"),
        "site": attributes.get("physicalDeliveryOfficeName"),
        "state": state_of(play, user),
        "linked": user.object_id in play.simulation.job.state.users,
    }


def _group_row(play: Playthrough, group: DirectoryGroup) -> dict[str, Any]:
    return {
        "id": group.object_id,
        "name": group.name,
        "description": group.attributes.get("description"),
        "members": len(group.members),
        "linked": group.object_id in play.simulation.job.state.groups,
    }


def _member_row(play: Playthrough, held: DirectoryUser | DirectoryGroup) -> dict[str, Any]:
    if isinstance(held, DirectoryGroup):
        return {"id": held.object_id, "name": held.name, "kind": "group"}
    return {**_person_row(play, held), "kind": "user"}
