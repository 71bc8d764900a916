"""Provision on demand: one user, or one group with up to five members, in five steps (docs/notes/entra.md 7.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from simulator.entra.groups import EntraGroups
from simulator.entra.references import EntraReferences
from simulator.entra.settings import EntraSettings
from simulator.entra.users import EntraUsers
from simulator.provisioning.groups import provision_group
from simulator.provisioning.job import Job
from simulator.provisioning.turn import Turn
from simulator.provisioning.users import provision_user
from simulator.stream.events import EntryKind, ObjectKind

MOST_MEMBERS = 5


class OnDemandRefused(Exception):
    """The portal does not offer provisioning on demand for this object. The message is the reason."""


async def provision_on_demand(
    job: Job, settings: EntraSettings, kind: ObjectKind, object_id: str, at: datetime, members: Sequence[str] = ()
) -> list[Turn]:
    """Provision a "user" or "group" now.

    Returns the turns, beginning with that of the connection test. Always uses the default dialect, regardless of
    the feature flag (COMPAT). Raises OnDemandRefused or ConnectionTestFailed.
    """
    _refuse(job, kind, object_id, members)
    job.context.at = at
    context, shape = replace(job.context, changed=None), settings.shape(on_demand=True)
    user = partial(provision_user, context, EntraUsers(context, settings, shape))
    group = partial(provision_group, context, EntraGroups(context, settings, shape))
    references = EntraReferences(context, settings, shape)
    work: list[tuple[EntryKind, str, Callable[[Turn], Awaitable[None]]]]
    if kind == "user":
        _forget_restored(job, settings, object_id)
        work = [("user", object_id, user), ("manager", object_id, references.manager)]
    else:
        work = [("user", member, user) for member in members]
        work.append(("group", object_id, group))
        if members:
            work.append(("members", object_id, partial(references.members, only=frozenset(members))))
    turns = [await job.probe()]
    for what, id_, take in work:
        turns.append(turn := job.turn(what, id_))
        await turn.taken(take)
        if turn.status == "Failure":
            break
    return turns


def _forget_restored(job: Job, settings: EntraSettings, object_id: str) -> None:
    """Drop the link of a restored user:

    Entra matches the user again, and the renamed resource in the target does not match (POD).
    """
    state = job.state
    if settings.on_demand_restored == "match" and state.inactive.get(object_id) and object_id in state.users:
        state.released[state.users[object_id]] = job.directory.users[object_id].name
        state.unlink_user(object_id)


def _refuse(job: Job, kind: ObjectKind, object_id: str, members: Sequence[str]) -> None:
    directory = job.directory
    if kind == "user":
        user = directory.users.get(object_id)
        if user is None or not user.is_enabled:
            raise OnDemandRefused("blocked and deleted users cannot be provisioned on demand; run a cycle instead")
        return
    if len(members) > MOST_MEMBERS:
        raise OnDemandRefused(f"a group can be provisioned on demand with at most {MOST_MEMBERS} members")
    group = directory.groups.get(object_id)
    strangers = [member for member in members if group is None or member not in group.members]
    if group is None or strangers:
        raise OnDemandRefused("no such group" if group is None else f"not in the group: {', '.join(strangers)}")
    if not directory.sync_all and object_id not in directory.assigned:
        raise OnDemandRefused("a group that is not assigned directly cannot be provisioned on demand")
