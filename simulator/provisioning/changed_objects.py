"""Determines which objects a cycle processes, their standing, and held-back deletions (docs/notes/entra.md 2.2, 2.3, 6.6)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from simulator.directory.change_log import Change
from simulator.provisioning.context import Context
from simulator.stream.events import ObjectKind

Item = tuple[ObjectKind, str]  # with the object id


class Standing(IntEnum):
    """The standing of an object. Entra ID processes the objects in this order."""

    IN_SCOPE = 0
    LEFT = 1  # unassigned, or let through no longer
    DISABLED = 2  # blocked or soft-deleted, otherwise still ours
    GONE = 3


IN_SCOPE = Standing.IN_SCOPE
_STAY = frozenset({"updated", "manager"})  # changes that do not touch IsSoftDeleted
_MOVE = frozenset({"members", "assigned", "unassigned", "purged"})  # changes of a group that move its members


def what_changed(context: Context) -> list[Item]:
    """The objects to process, in the order of their changes; all objects in an initial cycle. Notes the changed attributes."""
    state, directory = context.state, context.directory
    found: dict[Item, None] = {}
    context.changed = None
    if state.watermark is None:
        both: tuple[tuple[ObjectKind, Iterable[str], Iterable[str]], ...] = (
            ("user", directory.users, state.users),
            ("group", directory.groups, state.groups),
        )
        for kind, held, links in both:
            found.update(dict.fromkeys((kind, id_) for id_ in [*held, *links]))
        found.update(dict.fromkeys(state.unsure_creates))
    else:
        attributes: dict[str, frozenset[str]] = {}
        for change in directory.log.since(state.watermark):
            found[change.kind, change.object_id] = None
            _note(attributes, change)
            if change.kind == "group" and change.what in _MOVE:
                group = directory.groups.get(change.object_id)
                members = change.attributes or tuple(group.members if group else ())
                found.update(dict.fromkeys(("user", id_) for id_ in members if id_ not in directory.groups))
            elif change.what == "restored":
                found.update(dict.fromkeys(("group", id_) for id_ in _pending(context, change.object_id)))
        for part, object_id in [*state.escrows.due(context.at), *state.staged]:
            found["group" if part in ("group", "members") else "user", object_id] = None
        context.changed = attributes
    return [item for item in found if item[0] == "user" or context.provisions_groups]


def _pending(context: Context, user: str) -> list[str]:
    """The groups of a restored user whose membership the target never confirmed. The target has kept the others."""
    state = context.state
    if not context.groups.maps_reference("members"):
        return []
    return [
        group
        for group in context.directory.groups_of(user)
        if group in state.groups
        and (user not in state.members.get(group, {}) or user in state.unsure_members.get(group, {}))
    ]


def standing(context: Context, kind: ObjectKind, object_id: str) -> Standing:
    """The current standing of an object."""
    if kind == "group":
        if object_id not in context.directory.groups:
            return Standing.GONE
        return Standing.IN_SCOPE if context.group_scope(object_id).is_in_scope else Standing.LEFT
    user = context.directory.users.get(object_id)
    if user is None:
        return Standing.GONE
    scope = context.scope(user)
    if scope.is_in_scope:
        return Standing.IN_SCOPE
    return Standing.DISABLED if scope.is_managed else Standing.LEFT


def held_back(context: Context, changed: list[Item]) -> dict[Item, None]:
    """The objects that a cycle would disable or delete, if their number exceeds the threshold; otherwise none."""
    threshold = context.settings.deletion_threshold
    if threshold is None or context.state.force_deletes:
        return {}
    leaving = {item: None for item in changed if _would_leave(context, *item)}
    return leaving if len(leaving) > threshold else {}


def _would_leave(context: Context, kind: ObjectKind, object_id: str) -> bool:
    state, stands = context.state, standing(context, kind, object_id)
    if stands is Standing.IN_SCOPE:
        return False
    if kind == "group":
        return object_id in state.groups
    told = object_id in state.inactive and stands is not Standing.GONE
    return object_id in state.users and object_id in state.managed and not told


def _note(attributes: dict[str, frozenset[str]], change: Change) -> None:
    scope = frozenset[str]() if change.kind == "group" or change.what in _STAY else frozenset({"IsSoftDeleted"})
    attributes[change.object_id] = attributes.get(change.object_id, frozenset()) | set(change.attributes) | scope
