"""Judges the expectations of a scenario at their virtual times, by the state of the target and of its accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.lifecycle.expectations import Expectation
from simulator.lifecycle.lifecycle_events import EventDoesNotFit, LifecycleEvent, group_named
from simulator.mapping.target_path import MANAGER_PATH, PathError, value_at
from simulator.mapping.values import is_same
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request, read_group, read_user
from simulator.run.service_watch import ServiceWatch
from simulator.stream.events import ExpectationEvent
from simulator.wire.exchange import Exchange
from simulator.wording import counted

Ask = Callable[[Request], Awaitable[Exchange]]
ABOUT_GROUPS = frozenset({"member", "not member", "members"})  # not judged when groups are not provisioned
Finding = tuple[bool, str]  # whether the expectation holds, and what was found


@dataclass(slots=True)
class Due:
    """An expectation and when it is due. `sent` is the number of requests sent before its event."""

    at: datetime
    expectation: Expectation
    since: datetime
    sent: int


class ExpectationJudge:
    """Keeps the expectations of a scenario and judges each when it is due."""

    def __init__(
        self,
        directory: Directory,
        company: Company,
        job: Job,
        ask: Ask,
        watch: ServiceWatch | None,
        number_of: Callable[[str], int | None],
        equals: Callable[[], Awaitable[bool]],
    ) -> None:
        self._directory, self._company, self._job = directory, company, job
        self._ask, self._watch, self._number_of, self._equals = ask, watch, number_of, equals
        self._due: list[Due] = []

    def expect(self, event: LifecycleEvent, sent: int) -> None:
        """Schedule the expectations of an event."""
        due = [Due(event.at + one.within, one, event.at, sent) for one in event.then]
        unjudged = self._job.provider.unjudged
        if not self._job.context.provisions_groups:
            unjudged |= ABOUT_GROUPS
        self._due += [one for one in due if one.expectation.kind not in unjudged]
        self._due.sort(key=lambda due: due.at)

    def next_at(self) -> datetime | None:
        """When the next expectation is due."""
        return self._due[0].at if self._due else None

    async def judge(self, sent: int) -> ExpectationEvent:
        """Judge the expectation that is due and return its `expectation` event."""
        due = self._due.pop(0)
        try:
            held, found = await LOOKS[due.expectation.kind](self, due, sent)
        except (EventDoesNotFit, PathError) as error:
            held, found = False, str(error)
        one = due.expectation
        person = self._object_id(one.who) if one.who else None
        return {
            "event": "expectation",
            "at": due.at.isoformat(),
            "since": due.since.isoformat(),
            "person": person,
            "text": one.text,
            "held": held,
            "found": found,
        }

    # ── judging by kind ──

    async def _requests(self, due: Due, sent: int) -> Finding:
        count = sent - due.sent
        return count <= due.expectation.count, counted(count, "request")

    async def _quarantine(self, due: Due, sent: int) -> Finding:
        state = self._job.state
        bad = state.quarantine is not None or state.is_disabled
        told = f"quarantined: {state.quarantine.reason}" if state.quarantine else "disabled" if bad else "healthy"
        return bad is (due.expectation.kind == "quarantined"), told

    async def _equality(self, due: Due, sent: int) -> Finding:
        equal = await self._equals()
        return equal, "equal" if equal else "different"

    async def _access(self, due: Due, sent: int) -> Finding:
        """Judge access by the account of the embedded server; for other targets by the `active` attribute."""
        if self._watch is None:
            return await self._activity(due, sent)
        account = await self._watch.account_of(self._target_id(due.expectation.who))
        access = bool(account and account["access"])
        return access is (due.expectation.kind == "access"), "access" if access else "no access"

    async def _account(self, due: Due, sent: int) -> Finding:
        if self._watch is None:
            return await self._activity(due, sent)
        account = await self._watch.account_of(self._target_id(due.expectation.who))
        status = str(account["status"]) if account else "no account"
        return status == due.expectation.kind.removeprefix("account "), status

    async def _activity(self, due: Due, sent: int) -> Finding:
        """Judge the `active` attribute of the user in the target. A user who does not exist is inactive."""
        wanted = due.expectation.kind in ("active", "access", "account active")
        resource = await self._user(due)
        if resource is None:
            return not wanted, "does not exist"
        return resource.get("active") is wanted, f"active is {resource.get('active')}"

    async def _existence(self, due: Due, sent: int) -> Finding:
        gone, resource = due.expectation.kind == "gone", await self._user(due)
        if resource is None:
            return gone, "does not exist"
        if gone and resource.get("active") is False and self._job.provider.inactive_counts_as_gone:
            return True, "inactive (this provider never deletes users)"
        return not gone, "exists"

    async def _manager(self, due: Due, sent: int) -> Finding:
        one, resource = due.expectation, await self._user(due)
        if resource is None:
            return False, "does not exist"
        held = value_at(resource, MANAGER_PATH)
        value = held.get("value") if isinstance(held, dict) else held
        if one.kind == "no manager" or one.value == "nobody":
            return value is None, f"manager is {value}"
        return value == self._job.state.users.get(self._object_id(one.value)), f"manager is {value}"

    async def _attribute(self, due: Due, sent: int) -> Finding:
        one, resource = due.expectation, await self._user(due)
        if resource is None:
            return False, "does not exist"
        value = value_at(resource, one.path)
        return is_same(one.value, value if value is None else str(value)), f"{one.path} is {value!r}"

    async def _member_count(self, due: Due, sent: int) -> Finding:
        members = await self._members(due.expectation.group)
        return len(members) == due.expectation.count, counted(len(members), "member")

    async def _membership(self, due: Due, sent: int) -> Finding:
        members = await self._members(due.expectation.group)
        held = self._target_id(due.expectation.who) in members
        return held is (due.expectation.kind == "member"), "a member" if held else "not a member"

    # ── reading the target ──

    async def _user(self, due: Due) -> dict[str, Any] | None:
        return await self._resource("/Users", self._target_id(due.expectation.who))

    async def _members(self, group: str) -> list[str]:
        """The target ids of a group's members. Raises EventDoesNotFit when there is no group with this name."""
        target_id = self._job.state.groups.get(group_named(self._directory, group), "")
        resource = await self._resource("/Groups", target_id)
        return [str(m.get("value")) for m in (resource or {}).get("members") or () if isinstance(m, dict)]

    def _target_id(self, who: str) -> str | None:
        """The target id of a person, or the last known one."""
        object_id, state = self._object_id(who), self._job.state
        return state.users.get(object_id) or state.dropped_users.get(object_id)

    async def _resource(self, endpoint: str, target_id: str | None) -> dict[str, Any] | None:
        if not target_id:
            return None
        read = read_user(target_id) if endpoint == "/Users" else read_group(target_id)
        path = read.path.partition("?")[0]
        exchange = await self._ask(Request("GET", path, None, "read back"))
        body = exchange.response_json()
        return body if exchange.status == 200 and isinstance(body, dict) else None

    def _object_id(self, who: str) -> str:
        number = self._number_of(who)
        return self._company.object_id("person", number if number is not None else -1)


# kind (simulator/lifecycle/expectations.py) → how it is judged
LOOKS: dict[str, Callable[[ExpectationJudge, Due, int], Awaitable[Finding]]] = {
    "no access": ExpectationJudge._access,
    "access": ExpectationJudge._access,
    "active": ExpectationJudge._activity,
    "inactive": ExpectationJudge._activity,
    "gone": ExpectationJudge._existence,
    "there": ExpectationJudge._existence,
    "account active": ExpectationJudge._account,
    "account inactive": ExpectationJudge._account,
    "no manager": ExpectationJudge._manager,
    "manager": ExpectationJudge._manager,
    "attribute": ExpectationJudge._attribute,
    "not member": ExpectationJudge._membership,
    "member": ExpectationJudge._membership,
    "members": ExpectationJudge._member_count,
    "requests": ExpectationJudge._requests,
    "quarantined": ExpectationJudge._quarantine,
    "healthy": ExpectationJudge._quarantine,
    "equal": ExpectationJudge._equality,
}
