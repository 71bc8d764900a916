"""Previews the next full run: counts, and one page of users with each difference and its effect.

Users who lose access come first, then conflicts, then users who gain something, then plain updates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reference_server.service.accounts import Account
from reference_server.service.connections import Connection
from reference_server.service.group_access import GRANTS
from reference_server.storage.tables import Tables
from reference_server.sync.people import People
from reference_server.sync.plan import KINDS, Conflict, Facts, Plan, Step, plan_run, wanted_values

BATCH = 250
ORDER = ("deactivated", "conflict", "reactivated", "created", "adopted", "updated", "closed")
SHOWN = ("status", "access", "email", "user_name", "display_name")


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of an account before and after the run, as strings; grants are listed as gained and lost names."""

    name: str
    account: str
    shadow: str


@dataclass(frozen=True, slots=True)
class Row:
    """One user whose account the next run changes; `effect` describes the change."""

    kind: str  # one of ORDER
    shadow_id: str
    account_id: str | None
    name: str
    effect: str
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class Preview:
    """The number of changes of each kind, and the requested rows."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*KINDS, "conflict", "closed"), 0))
    rows: list[Row] = field(default_factory=list)


async def preview(tables: Tables, people: People, connection: Connection, start: int = 0, count: int = 50) -> Preview:
    """What a run would do now, rows `start` to `start + count`. Other requests are served while the plan is made."""
    plan = await _whole_plan(tables, people, connection)
    return await tables.read(lambda: _shown(people, connection, plan, start, count), pauses=True)


def _shown(people: People, connection: Connection, plan: Plan, start: int, count: int) -> Preview:
    found = Preview()
    entries: list[tuple[int, Any]] = []
    for step in plan.steps:
        found.counts[_kind(step)] += 1
        entries.append((ORDER.index(_kind(step)), step))
    for conflict in plan.conflicts:
        found.counts["conflict"] += 1
        entries.append((ORDER.index("conflict"), conflict))
    entries.sort(key=lambda entry: entry[0])
    for _, entry in entries[start : start + count]:
        (shadow,) = people.resources(connection, [entry.shadow_id])
        if isinstance(entry, Step):
            found.rows.append(_row(entry, shadow[1]))
        else:
            ((_, rival),) = people.resources(connection, [entry.claimed_by])
            held = _name(rival, None) if rival else entry.claimed_by
            effect = f"not synced: {entry.email} already belongs to {held}"
            found.rows.append(Row("conflict", entry.shadow_id, None, _name(shadow[1], None), effect))
    return found


async def _whole_plan(tables: Tables, people: People, connection: Connection) -> Plan:
    ids = await tables.read(lambda: people.to_look_at(connection, full=True), pauses=True)
    facts = people.facts(connection)
    whole = Plan()
    claimed: set[str] = set()
    for start in range(0, len(ids), BATCH):
        batch = partial(_planned, people, connection, facts, ids[start : start + BATCH])
        plan, waiting = await tables.read(batch, pauses=True)
        for step in [*plan.steps, *waiting.steps]:
            email = step.values.get("email", "").casefold()
            if step.kind == "created" and email and email in claimed:
                whole.conflicts.append(Conflict(step.shadow_id, "another new user", email))
                continue
            claimed.add(email)
            whole.steps.append(step)
        whole.conflicts += [*plan.conflicts, *waiting.conflicts]
        await asyncio.sleep(0)
    return whole


def _planned(people: People, connection: Connection, facts: Facts, ids: list[str]) -> tuple[Plan, Plan]:
    """(the plan for these users, the plan for those who wait until another user gives up an address).

    The run carries out both, so the preview counts the waiting users by their final result.
    """
    people.prefetch(connection, ids)
    plan = plan_run(people.resources(connection, ids), facts)
    waiting = plan_run(people.resources(connection, list(plan.deferred)), facts, moving=set(plan.deferred.values()))
    return plan, waiting


def differences(account: Account | None, values: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What these values would change in an account; None stands for a new account."""
    found = []
    for name, value in values.items():
        held = getattr(account, name) if account else None
        if name in GRANTS:
            before, after = set(held or ()), set(value)
            if before != after:
                lost, gained = ", ".join(sorted(before - after)), ", ".join(sorted(after - before))
                found.append(Difference(name, f"− {lost}" if lost else "", f"+ {gained}" if gained else ""))
        elif held != value and (value or held):
            found.append(Difference(name, str(held or ""), str(value)))
    return tuple(found)


def shadow_beside_account(
    people: People, connection: Connection, shadow_id: str, resource: Mapping[str, Any] | None, account: Account | None
) -> tuple[Difference, ...]:
    """The current differences between a shadow user and its account, independent of the next run."""
    if resource is None or resource.get("active") is False:
        wanted: dict[str, Any] = {"status": "inactive"}
    else:
        wanted = {"status": "active", **wanted_values(resource, people.grants(connection, shadow_id))}
    if account is None and wanted["status"] == "inactive":
        return ()
    return differences(account, wanted)


def _row(step: Step, shadow: Mapping[str, Any] | None) -> Row:
    account = step.account
    words = {
        "created": "new account",
        "adopted": "the existing account is linked; its email and user name do not change",
        "reactivated": "regains access; earlier sessions stay ended",
        "updated": "",
        "deactivated": "all sessions end",
        "closed": "access was already revoked",
    }
    kind = _kind(step)
    return Row(
        kind,
        step.shadow_id,
        account.id if account else None,
        _name(shadow, account),
        words[kind],
        differences(account, step.values),
    )


def _kind(step: Step) -> str:
    """The kind of the step. A user whose access was already revoked counts as `closed`, not as losing access."""
    closed = step.kind == "deactivated" and step.account is not None and not step.account.access
    return "closed" if closed else step.kind


def _name(shadow: Mapping[str, Any] | None, account: Account | None) -> str:
    if shadow is not None:
        return str(shadow.get("displayName") or shadow.get("userName"))
    return account.display_name if account else "deleted"
