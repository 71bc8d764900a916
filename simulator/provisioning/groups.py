"""A group's turn, which is the same for every provider: match, create without members, update, or delete."""

from __future__ import annotations

from simulator.provisioning.context import Context
from simulator.provisioning.provider import GroupMethods, LinkLost
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed, link_created, note_creation


async def provision_group(context: Context, methods: GroupMethods, turn: Turn) -> None:
    """Process a group. Raises Failed or ExpressionError."""
    turn.target_id = context.state.groups.get(turn.object_id, "")
    scope = context.group_scope(turn.object_id)
    turn.step("EntryImport" if scope.is_active else "EntryImportDelete", "import")
    methods.note_scope(turn, scope)
    if not scope.is_in_scope:
        await link_created(context, turn, methods.match)
        await methods.delete(turn)
    elif not turn.target_id:
        await _match_or_create(context, methods, turn)
    else:
        try:
            await methods.update(turn)
        except LinkLost:
            context.lose_group(turn)
            await _match_or_create(context, methods, turn)


async def _match_or_create(context: Context, methods: GroupMethods, turn: Turn) -> None:
    values = context.group_values(turn.object_id, at_creation=True)
    found = await methods.match(turn, values)
    if found is None:
        found = await link_created(context, turn, methods.match, asked=values)
    if found is None:
        turn.action = "Create"
        with IfUnconfirmed(lambda: note_creation(context, turn, values)):
            await methods.create(turn, values)
        return
    context.link_group(turn, found["id"])
    await methods.update(turn, found)
