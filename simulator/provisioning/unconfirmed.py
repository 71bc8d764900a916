"""Changes that no response confirmed: the target may have carried them out, although the provider cannot know it.

What such a change was about counts as unknown, so that the next change is sent whatever it is. After a creation, the target
may hold a resource without a link. A retry finds it by matching, as long as the object is in scope and keeps its name. For
the other objects, the resource is looked up by the values of the creation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from simulator.mapping.attribute_mapping import ObjectMapping
from simulator.provisioning.answers import Failed, Fault
from simulator.provisioning.context import Context
from simulator.provisioning.provider import Resource, Values
from simulator.provisioning.turn import Turn

Match = Callable[[Turn, Values], Awaitable[Resource | None]]


class IfUnconfirmed:
    """Calls `note` if the change in this block fails without a confirmation. The failure is raised in any case."""

    __slots__ = ("_note",)

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Failed) and error.is_unconfirmed:
            self._note()


def note_creation(context: Context, turn: Turn, values: Values) -> None:
    """Remember the values of a creation that was not confirmed."""
    context.state.unsure_creates[turn.what, turn.object_id] = values
    if turn.what == "user":
        names = [str(value).casefold() for value in _matching(context.users, values) if value is not None]
        context.state.unique_values[turn.object_id] = tuple(names)


async def link_created(context: Context, turn: Turn, match: Match, *, asked: Values | None = None) -> Resource | None:
    """Look for the resource of an unconfirmed creation and link it. Returns None if there is none. Raises Failed.

    `asked` are the values that were looked up already, so that the same lookup is not sent twice.
    """
    state, key = context.state, (turn.what, turn.object_id)
    values = state.unsure_creates.get(key)
    if turn.target_id or values is None:
        return None
    mapping = context.users if turn.what == "user" else context.groups
    if asked is not None and _matching(mapping, asked) == _matching(mapping, values):
        return None
    try:
        found = await match(turn, values)
    except Failed as failure:
        if failure.fault is not Fault.DUPLICATE_SOURCE:
            raise
        found = None
    if found is None or _belongs_to_another(context, turn, found["id"]):
        del state.unsure_creates[key]
        return None
    (context.link_user if turn.what == "user" else context.link_group)(turn, found["id"])
    return found


def _matching(mapping: ObjectMapping, values: Values) -> list[object]:
    return [values.get(row.target) for row in mapping.matching]


def _belongs_to_another(context: Context, turn: Turn, target_id: str) -> bool:
    if turn.what == "user":
        return context.state.owners.get(target_id, turn.object_id) != turn.object_id
    return target_id in context.state.groups.values()
