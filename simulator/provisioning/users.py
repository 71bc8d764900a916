"""A user's turn, which is the same for every provider: match, create, update, disable, or delete."""

from __future__ import annotations

from simulator.directory.directory import DirectoryUser
from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost, UserMethods
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed, link_created, note_creation


async def provision_user(context: Context, methods: UserMethods, turn: Turn) -> None:
    """Process a user. Raises Failed or ExpressionError."""
    state = context.state
    user = context.directory.users.get(turn.object_id)
    turn.target_id = state.users.get(turn.object_id, "")
    if user is None:
        await link_created(context, turn, methods.match)
        await methods.delete(turn)
        return
    turn.step("EntryImport", "import")
    scope = context.scope(user)
    turn.step("EntrySynchronizationScoping", "scoping", **scope.details(sync_all=context.directory.sync_all))
    if scope.is_in_scope:
        if turn.target_id:
            await _update(context, methods, turn, user, scope)
        else:
            await _match_or_create(context, methods, turn, user, scope)
        return
    await link_created(context, turn, methods.match)
    if not turn.target_id or turn.object_id not in state.managed:
        methods.skip(turn, scope)
    else:
        await methods.disable(turn, user, scope)


async def _update(context: Context, methods: UserMethods, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
    state = context.state
    state.managed[turn.object_id] = None
    state.released.pop(turn.target_id, None)
    state.left_alone.pop(turn.target_id, None)
    try:
        await methods.update(turn, user, scope)
    except LinkLost:
        context.lose_user(turn)
        await _match_or_create(context, methods, turn, user, scope)
    state.inactive.pop(turn.object_id, None)


async def _match_or_create(
    context: Context, methods: UserMethods, turn: Turn, user: DirectoryUser, scope: Scope
) -> None:
    values = context.values(user, scope, at_creation=True)
    found = await methods.match(turn, values)
    if found is None:
        found = await link_created(context, turn, methods.match, asked=values)
    try:
        if found is None:
            turn.action = "Create"
            with IfUnconfirmed(lambda: note_creation(context, turn, values)):
                await methods.create(turn, user, scope, values)
        else:
            context.link_user(turn, found["id"])
            await methods.update(turn, user, scope, found)
    except LinkLost:
        context.lose_user(turn)
        await _match_or_create(context, methods, turn, user, scope)


def lane_keys(context: Context, object_id: str) -> tuple[str, ...]:
    """The keys of a user's turn: turns of users with the same current or earlier matching value must run in order."""
    user = context.directory.users.get(object_id)
    known = context.state.unique_values.get(object_id, ())
    if user is None:
        return known
    source = {**user.attributes, "IsSoftDeleted": "False"}
    keys = list(known)
    for row in context.users.matching:
        if row.expression is None:
            continue
        if row.expression.functions:
            try:
                value = context.values(user, context.scope(user)).get(row.target)
            except ExpressionError:
                continue
        else:
            value = source.get(row.expression.text.strip("[] "))
        if value is not None:
            keys.append(str(value).casefold())
    return tuple(dict.fromkeys(keys))
