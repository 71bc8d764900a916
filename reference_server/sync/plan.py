"""The plan of a run, pure: changed shadow users, links and accounts → what is to be done, and conflicts.

Matching, in this order: the account that is linked already; the account with the same e-mail in the tenant (adopted,
never taken over: its e-mail and user name stay as they are in that run); else a new one. Nothing is overwritten when two
shadow users claim one account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Account = dict[str, Any]
Shadow = Mapping[str, Any] | None

KINDS = ("created", "adopted", "updated", "reactivated", "deactivated")


@dataclass(frozen=True, slots=True)
class Step:
    """One account to write: what kind of change, for whom, the values to set, which names they change."""

    kind: str
    shadow_id: str
    account: Account | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A shadow user that cannot be given an account; nothing was written for it."""

    shadow_id: str
    claimed_by: str
    email: str


@dataclass(slots=True)
class Plan:
    """Steps in order, conflicts, and how many were looked at without a difference."""

    steps: list[Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the planner may ask: the account linked to a shadow user, the one with an e-mail, whether a shadow user
    still exists, and what a shadow user's groups grant."""

    linked: Callable[[str], Account | None]
    by_email: Callable[[str], Account | None]
    exists: Callable[[str], bool]
    grants: Callable[[str], dict[str, list[str]]]


def plan_run(changed: Iterable[tuple[str, Shadow]], facts: Facts, *, only_deactivations: bool = False) -> Plan:
    """The plan for (shadow id, resource or None for deleted) pairs."""
    plan = Plan()
    claimed: dict[str, str] = {}  # account id or new e-mail → shadow id, within this run
    for shadow_id, resource in changed:
        active = resource is not None and resource.get("active") is not False
        if only_deactivations and active:
            continue
        account = facts.linked(shadow_id)
        if account is not None:
            _plan_linked(plan, shadow_id, resource, account, facts, active)
        elif active and resource is not None:
            _plan_new(plan, shadow_id, resource, facts, claimed)
        else:
            plan.unchanged += 1  # never had an account, needs none
    return plan


def email_of(resource: Mapping[str, Any]) -> str:
    """The address an account is matched by: the primary e-mail, else the work one, else the first, else the user name."""
    emails = [element for element in resource.get("emails", ()) if element.get("value")]
    chosen = next((e for e in emails if e.get("primary")), None) or next(
        (e for e in emails if e.get("type") == "work"), emails[0] if emails else None
    )
    if chosen:
        return str(chosen["value"])
    name = str(resource.get("userName", ""))
    return name if "@" in name else ""


def _plan_linked(plan: Plan, shadow_id: str, resource: Shadow, account: Account, facts: Facts, active: bool) -> None:
    if not active or resource is None:
        if account["status"] == "inactive" and not account["access"]:
            plan.unchanged += 1
        else:
            plan.steps.append(Step("deactivated", shadow_id, account, {"status": "inactive"}))
        return
    wanted = {**_values(resource), **facts.grants(shadow_id)}
    other = facts.by_email(wanted["email"]) if wanted["email"] else None
    if other is not None and other["id"] != account["id"]:
        plan.conflicts.append(Conflict(shadow_id, other["shadow_id"] or other["id"], wanted["email"]))
        wanted["email"] = account["email"]
    values = {name: value for name, value in wanted.items() if account[name] != value}
    if account["status"] == "inactive" or not account["access"]:
        plan.steps.append(Step("reactivated", shadow_id, account, {**values, "status": "active"}))
    elif values:
        plan.steps.append(Step("updated", shadow_id, account, values))
    else:
        plan.unchanged += 1


def _plan_new(plan: Plan, shadow_id: str, resource: Mapping[str, Any], facts: Facts, claimed: dict[str, str]) -> None:
    values = {**_values(resource), **facts.grants(shadow_id)}
    email = values["email"]
    account = facts.by_email(email) if email else None
    key = account["id"] if account else email.casefold()
    rival = claimed.get(key)
    if rival is None and account is not None and account["shadow_id"] and facts.exists(account["shadow_id"]):
        rival = account["shadow_id"]
    if rival is not None:
        plan.conflicts.append(Conflict(shadow_id, rival, email))
        return
    if key:
        claimed[key] = shadow_id
    if account is None:
        plan.steps.append(Step("created", shadow_id, None, {**values, "status": "active"}))
        return
    # Adoption: of a local account, or of the one that a rejoiner left behind. Its e-mail and user name stay.
    kept = {name: value for name, value in values.items() if name not in ("email", "user_name")}
    kind = "reactivated" if account["status"] == "inactive" else "adopted"
    plan.steps.append(Step(kind, shadow_id, account, {**kept, "status": "active"}))


def _values(resource: Mapping[str, Any]) -> dict[str, Any]:
    name = resource.get("name")
    formatted = name.get("formatted") if isinstance(name, dict) else None
    user_name = str(resource.get("userName", ""))
    return {
        "email": email_of(resource),
        "user_name": user_name,
        "display_name": resource.get("displayName") or formatted or user_name,
    }
