"""Plans a run as a pure function: turns changed shadow users, links, and accounts into steps and conflicts.

Matching uses the account that is already linked, else the account of the tenant with the same email address, else a new one.
An account that is found by its email address is adopted: its email address and user name do not change in that run. If two
shadow users claim one account, nothing is overwritten.

Users are planned in batches, each based on the accounts after the previous batches. A user who needs an email address that
another user gives up in the same run is deferred until then. Users who need each other's addresses are planned together
(`circle`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reference_server.service.accounts import Account
from reference_server.service.group_access import GRANTS
from reference_server.turns import count

Shadow = Mapping[str, Any] | None

KINDS = ("created", "adopted", "updated", "reactivated", "deactivated")


@dataclass(frozen=True, slots=True)
class Step:
    """One account to write: the kind of change, the shadow user, the values, and the names of the changed attributes."""

    kind: str
    shadow_id: str
    account: Account | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A shadow user that cannot get an account or an address; `claimed_by` is the id of a shadow user or an account."""

    shadow_id: str
    claimed_by: str
    email: str


@dataclass(slots=True)
class Plan:
    """Steps in order, conflicts, deferred users with the users they wait for, and users without differences."""

    steps: list[Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    deferred: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the planner may ask: the account linked to a shadow user, the one with an email, the shadow user that an
    account is linked to while it exists, and what a shadow user's groups grant; and whether accounts may be adopted."""

    connection_id: str
    linked: Callable[[str], Account | None]
    by_email: Callable[[str], Account | None]
    shadow_of: Callable[[Account], Shadow]
    grants: Callable[[str], dict[str, list[str]]]
    adopt: bool = True


def plan_run(
    changed: Iterable[tuple[str, Shadow]],
    facts: Facts,
    *,
    only_deactivations: bool = False,
    moving: Container[str] = (),
    stuck: Container[str] = (),
) -> Plan:
    """The plan for pairs (shadow id, resource or None if it was deleted).

    `moving` are users who give up their addresses together and do not block each other. `stuck` are users who keep theirs.
    """
    planner = _Planner(facts, moving, stuck)
    for shadow_id, resource in changed:
        count(20)
        active = resource is not None and resource.get("active") is not False
        if only_deactivations and active:
            continue
        account = facts.linked(shadow_id)
        if not active or resource is None:
            planner.leave(shadow_id, account)
        elif account is not None:
            planner.keep(shadow_id, resource, account)
        else:
            planner.join(shadow_id, resource)
    return planner.plan


def circle(deferred: Mapping[str, str]) -> list[str]:
    """Users who wait for each other in a circle; empty if all of them wait for users outside of it."""
    done: set[str] = set()
    for start in deferred:
        path: dict[str, int] = {}
        at = start
        while at in deferred and at not in path and at not in done:
            path[at] = len(path)
            at = deferred[at]
        if at in path:
            return list(path)[path[at] :]
        done.update(path)
    return []


def email_of(resource: Mapping[str, Any]) -> str:
    """The email address for matching: the primary one, else the work one, else the first one, else the user name."""
    emails = [element for element in resource.get("emails", ()) if element.get("value")]
    count(len(emails) // 8)
    chosen = next((e for e in emails if e.get("primary")), None) or next(
        (e for e in emails if e.get("type") == "work"), emails[0] if emails else None
    )
    if chosen:
        return str(chosen["value"])
    name = str(resource.get("userName", ""))
    return name if "@" in name else ""


def wanted_values(resource: Mapping[str, Any], grants: Mapping[str, list[str]]) -> dict[str, Any]:
    """The values that an account should have for a shadow user and the grants of its groups."""
    name = resource.get("name")
    formatted = name.get("formatted") if isinstance(name, dict) else None
    user_name = str(resource.get("userName", ""))
    return {
        "email": email_of(resource),
        "user_name": user_name,
        "display_name": resource.get("displayName") or formatted or user_name,
        **{kind: grants[kind] for kind in GRANTS},
    }


class _Planner:
    """Plans one batch and remembers the addresses that are claimed in it."""

    def __init__(self, facts: Facts, moving: Container[str], stuck: Container[str]) -> None:
        self.plan = Plan()
        self._facts = facts
        self._moving = moving
        self._stuck = stuck
        self._claimed: dict[str, str] = {}  # folded address → the user who gets it in this batch, and the reverse
        self._claims: dict[str, str] = {}
        self._left: set[str] = set()  # accounts whose owner leaves or changes in this batch; each gets only one step
        self._adopted: set[str] = set()

    def leave(self, shadow_id: str, account: Account | None) -> None:
        if account is None or (account.status == "inactive" and not account.access):
            self.plan.unchanged.append(shadow_id)  # the user never had an account or no longer has one
        elif account.id in self._adopted:
            self.plan.unchanged.append(shadow_id)  # it now belongs to another user
        else:
            self._left.add(account.id)
            self.plan.steps.append(Step("deactivated", shadow_id, account, {"status": "inactive"}))

    def keep(self, shadow_id: str, resource: Mapping[str, Any], account: Account) -> None:
        wanted = wanted_values(resource, self._facts.grants(shadow_id))
        if wanted["email"].casefold() != account.email.casefold():
            rival = self._rival(shadow_id, wanted["email"], account)
            if rival is not None:
                if self._must_wait(shadow_id, rival):
                    return
                self.plan.conflicts.append(Conflict(shadow_id, rival, wanted["email"]))
                wanted["email"] = account.email
        self._claim(wanted["email"], shadow_id)
        values = {name: value for name, value in wanted.items() if getattr(account, name) != value}
        if account.status == "inactive" or not account.access:
            self.plan.steps.append(Step("reactivated", shadow_id, account, {**values, "status": "active"}))
        elif values:
            self.plan.steps.append(Step("updated", shadow_id, account, values))
        else:
            self.plan.unchanged.append(shadow_id)

    def join(self, shadow_id: str, resource: Mapping[str, Any]) -> None:
        values = wanted_values(resource, self._facts.grants(shadow_id))
        email = values["email"]
        rival = self._rival(shadow_id, email, None) if email else None
        if rival is not None:
            if not self._must_wait(shadow_id, rival):
                self.plan.conflicts.append(Conflict(shadow_id, rival, email))
            return
        account = self._facts.by_email(email) if email else None
        if account is not None and self._is_given_up(account):
            account = None  # it changes to another address in this batch
        if account is not None and account.id in self._left:
            # Its previous owner leaves first, then it is reactivated.
            self.plan.deferred[shadow_id] = str(account.shadow_id)
            return
        self._claim(email, shadow_id)
        if account is None:
            self.plan.steps.append(Step("created", shadow_id, None, {**values, "status": "active"}))
            return
        self._adopted.add(account.id)
        # Adopts a local account or the former account of a returning user. Its email address and user name do not change.
        kept = {
            name: value
            for name, value in values.items()
            if name not in ("email", "user_name") and getattr(account, name) != value
        }
        kind = "reactivated" if account.status == "inactive" else "adopted"
        self.plan.steps.append(Step(kind, shadow_id, account, {**kept, "status": "active"}))

    def _claim(self, email: str, shadow_id: str) -> None:
        if email:
            self._claimed[email.casefold()] = shadow_id
            self._claims[shadow_id] = email.casefold()

    def _rival(self, shadow_id: str, email: str, own: Account | None) -> str | None:
        """The other owner of the address: the id of a shadow user or of an account that cannot be adopted; None if it is free."""
        claimed = self._claimed.get(email.casefold())
        if claimed is not None and claimed != shadow_id:
            return claimed
        other = self._facts.by_email(email) if email else None
        if other is None or (own is not None and other.id == own.id) or self._is_given_up(other):
            return None
        if self._facts.shadow_of(other) is not None:
            return str(other.shadow_id)
        if own is not None or other.protected or not self._facts.adopt:
            return str(other.id)
        return None  # an account that may be adopted

    def _is_given_up(self, account: Account) -> bool:
        return account.connection_id == self._facts.connection_id and account.shadow_id in self._moving

    def _must_wait(self, shadow_id: str, rival: str) -> bool:
        """Whether the other user is about to give up the address; if so, this user is deferred until then."""
        account = self._facts.linked(rival)
        if account is None or rival in self._stuck:
            return False
        if self._claims.get(rival, "") == account.email.casefold():
            return False  # it was already planned and keeps the address
        resource = self._facts.shadow_of(account)
        if resource is None or resource.get("active") is False:
            return False
        if email_of(resource).casefold() == account.email.casefold():
            return False
        self.plan.deferred[shadow_id] = rival
        return True
