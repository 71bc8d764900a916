"""Judges a scenario's expectations at their virtual moments, by what the target and the service show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.entra import requests
from simulator.entra.requests import MANAGER_PATH, Request
from simulator.lifecycle.events import EventDoesNotFit, LifecycleEvent, group_named
from simulator.lifecycle.expectations import Expectation
from simulator.mapping.attribute_mapping import is_same
from simulator.mapping.target_path import PathError, value_at
from simulator.provisioning.job import Job
from simulator.run.service_watch import ServiceWatch
from simulator.wire.exchange import Exchange

Ask = Callable[[Request], Awaitable[Exchange]]


@dataclass(slots=True)
class Due:
    """An expectation with its moment; `sent` is how many requests had gone out when its event happened."""

    at: datetime
    expectation: Expectation
    since: datetime
    sent: int


ENTRAS_OWN = ("quarantined", "healthy", "manager", "requests")  # of other providers nobody knows


class Expectations:
    """Keeps the expectations of a scenario and judges each one when it is due."""

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
        self._is_entras = type(job) is Job
        self._due: list[Due] = []
        self._target_ids: dict[str, str] = {}

    def expect(self, event: LifecycleEvent, sent: int) -> None:
        """Take over an event's expectations."""
        due = [Due(event.at + one.within, one, event.at, sent) for one in event.then]
        self._due += [one for one in due if self._is_entras or one.expectation.kind not in ENTRAS_OWN]
        self._due.sort(key=lambda due: due.at)

    def next_at(self) -> datetime | None:
        """When the next one is due."""
        return self._due[0].at if self._due else None

    def remember_links(self) -> None:
        """Note the links as they are: somebody who is expected to be gone is looked for by the id they had."""
        self._target_ids.update(self._job.state.users)

    async def judge(self, sent: int) -> dict[str, Any]:
        """The `expectation` event of the one that is due."""
        due = self._due.pop(0)
        try:
            held, found = await self._look(due, sent)
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

    async def _look(self, due: Due, sent: int) -> tuple[bool, str]:
        one, kind = due.expectation, due.expectation.kind
        if kind == "requests":
            count = sent - due.sent
            return count <= one.count, f"{count} requests"
        if kind in ("quarantined", "healthy"):
            state = self._job.state
            bad = state.quarantine is not None or state.is_disabled
            told = f"quarantined: {state.quarantine.reason}" if state.quarantine else "disabled" if bad else "healthy"
            return bad is (kind == "quarantined"), told
        if kind == "equal":
            equal = await self._equals()
            return equal, "equal" if equal else "different"
        if kind in ("members", "member", "not member"):
            return await self._look_at_members(one)
        object_id = self._object_id(one.who)
        target_id = self._job.state.users.get(object_id) or self._target_ids.get(object_id)
        if kind in ("access", "no access", "account active", "account inactive") and self._watch is not None:
            account = await self._watch.account_of(target_id)
            if "access" in kind:
                access = bool(account and account["access"])
                return access is (kind == "access"), "access" if access else "no access"
            status = str(account["status"]) if account else "no account"
            return status == kind.removeprefix("account "), status
        resource = await self._resource("/Users", target_id)
        if kind == "gone" and not self._is_entras and resource is not None and resource.get("active") is False:
            return True, "inactive: this provider deletes nobody"
        if kind in ("gone", "there"):
            return (resource is None) is (kind == "gone"), "not there" if resource is None else "there"
        if resource is None:
            return kind in ("no access", "inactive", "account inactive"), "not there"
        if kind in ("active", "access", "account active"):
            return resource.get("active") is True, f"active is {resource.get('active')}"
        if kind in ("inactive", "no access", "account inactive"):
            return resource.get("active") is False, f"active is {resource.get('active')}"
        if kind == "manager":
            held = value_at(resource, MANAGER_PATH)
            value = held.get("value") if isinstance(held, dict) else held
            wanted = None if one.value == "nobody" else self._job.state.users.get(self._object_id(one.value))
            return value == wanted, f"manager is {value}"
        value = value_at(resource, one.path)
        return is_same(one.value, value if value is None else str(value)), f"{one.path} is {value!r}"

    async def _look_at_members(self, one: Expectation) -> tuple[bool, str]:
        group_id = self._job.state.groups.get(group_named(self._directory, one.group), "")
        group = await self._resource("/Groups", group_id)
        members = [str(m.get("value")) for m in (group or {}).get("members") or () if isinstance(m, dict)]
        if one.kind == "members":
            return len(members) == one.count, f"{len(members)} members"
        object_id = self._object_id(one.who)
        target_id = self._job.state.users.get(object_id) or self._target_ids.get(object_id)
        held = target_id in members
        return held is (one.kind == "member"), "a member" if held else "not a member"

    async def _resource(self, endpoint: str, target_id: str | None) -> dict[str, Any] | None:
        if not target_id:
            return None
        read = requests.read_user(target_id) if endpoint == "/Users" else requests.read_group(target_id)
        path = read.path.partition("?")[0]
        exchange = await self._ask(Request("GET", path, None, "read back"))
        body = exchange.response_json()
        return body if exchange.status == 200 and isinstance(body, dict) else None

    def _object_id(self, who: str) -> str:
        number = self._number_of(who)
        return self._company.object_id("person", number if number is not None else -1)
