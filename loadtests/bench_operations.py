"""The operations of the benchmark: their requests made beforehand, their answers checked, the store left as it was."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from loadtests.raw_client import Round, encode, send_all
from loadtests.scenarios.initial_cycle import wanted_values
from simulator.company.people import Company
from simulator.entra import requests
from simulator.entra.requests import AttributeChange, Request
from simulator.entra.target_path import GROUP_URN

OPERATIONS = (
    "GET by id",
    "filter userName eq",
    "filter externalId eq",
    "page of 100",
    "POST",
    "PATCH",
    "PATCH one member",
)
READING = frozenset(OPERATIONS[:4])
PAGE = 100
SEED = 4711
READS = 20_000  # so many requests a round at the most, its time permitting
WRITES = 4_000


class UnexpectedAnswer(Exception):
    """The target did something else than it was asked for; its speed means nothing then."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to measure. `bare` ones have no ids and no store; `clean_up`: it is somebody's, leave it as it was."""

    name: str
    base_url: str
    token: str = field(repr=False)
    bare: bool = False
    clean_up: bool = False

    def encode(self, request: Request) -> bytes:
        body = None if request.body is None else orjson.dumps(request.body)
        return encode(request.method, self.base_url + request.path, self.token, body)


@dataclass(slots=True)
class Stored:
    """What the target holds: ids and names in the same order, and the people that a POST round adds."""

    ids: list[str]
    names: list[str]
    external_ids: list[str]
    newcomers: list[Request]
    group_id: str
    versions: Iterator[int] = field(default_factory=itertools.count)


async def fill(target: Contender, users: int) -> Stored:
    """Create the users that have to be there. Raises UnexpectedAnswer, TargetFailed."""
    company = Company(SEED, users)
    made = (target.encode(_create(company, index)) for index in range(users))
    found = await send_all(target.base_url, made, keep_bodies=True)
    resources = _created(found)
    newcomers = [_create(company, index) for index in range(users, users + WRITES)]
    ids, names, external = ([item[key] for item in resources] for key in ("id", "userName", "externalId"))
    group = {"schemas": [GROUP_URN], "displayName": f"Bench {ids[0]}", "externalId": ids[0]}
    group["members"] = [{"value": id_} for id_ in ids[-members_of(users) :]]
    request = target.encode(Request("POST", "/Groups", group, "create group"))
    (stored_group,) = _created(await send_all(target.base_url, iter([request]), keep_bodies=True))
    return Stored(ids, names, external, newcomers, stored_group["id"])


async def measure(operation: str, contender: Contender, stored: Stored, seconds: float) -> Round:
    """One round. People added by POST are removed again, outside of the time that counts."""
    work = [contender.encode(request) for request in _requests(operation, contender, stored)]
    again = itertools.islice(itertools.cycle(work), READS) if operation in READING else iter(work)
    adds = operation == "POST" and not contender.bare
    found = await send_all(contender.base_url, again, seconds=seconds, keep_bodies=adds)
    right = {200, 201} if contender.bare else {201} if operation == "POST" else {200, 204}
    wrong = {status: count for status, count in found.statuses.items() if status not in right}
    if wrong:
        raise UnexpectedAnswer(f"{contender.name}: {operation} was answered with {wrong}, expected {sorted(right)}")
    if adds:
        await remove(contender, [item["id"] for item in _created(found)])
        found.bodies.clear()
    return found


async def remove(target: Contender, ids: list[str], group_id: str | None = None) -> None:
    """Delete users, and the group if named. Raises UnexpectedAnswer when one cannot be deleted."""
    work = [requests.delete_group(group_id)] if group_id else []
    work += [requests.delete_user(id_) for id_ in ids]
    found = await send_all(target.base_url, map(target.encode, work))
    if found.statuses.keys() - {200, 204}:
        raise UnexpectedAnswer(f"{target.name}: DELETE was answered with {dict(found.statuses)}, expected 204")


def _requests(operation: str, contender: Contender, stored: Stored) -> Iterator[Request]:
    """What a round sends; the bare app gets the same bodies and answers every GET alike."""
    if contender.bare and operation in READING:
        return iter([Request("GET", "/Users?count=100" if operation == "page of 100" else "/Users", None, operation)])
    if operation == "page of 100":
        starts = range(1, max(2, len(stored.ids) - PAGE), max(1, len(stored.ids) // 50))  # at any depth
        return (requests.read_page("/Users", start, PAGE) for start in starts)
    if operation == "filter externalId eq":
        return (requests.match_user("externalId", external_id) for external_id in stored.external_ids)
    if operation == "PATCH one member" and not contender.bare:
        return itertools.islice(_in_and_out(stored), WRITES)
    if operation == "GET by id":
        return (requests.read_user(id_) for id_ in stored.ids)
    if operation == "filter userName eq":
        return (requests.match_user("userName", name) for name in stored.names)
    if operation == "POST" or contender.bare:
        return iter(stored.newcomers)
    return itertools.islice((_retitle(id_, stored) for id_ in itertools.cycle(stored.ids)), WRITES)


def _retitle(id_: str, stored: Stored) -> Request:
    """A PATCH that always changes something: a server may answer an empty change without writing."""
    change = AttributeChange("title", f"Engineer {next(stored.versions)}", True)
    return requests.update_user(id_, [change])


def members_of(users: int) -> int:
    """How many of the users are in the large group: a fifth, 10,000 of 50,000."""
    return max(1, users // 5)


def _in_and_out(stored: Stored) -> Iterator[Request]:
    """One member after the other leaves the large group, and comes back."""
    group = stored.group_id
    members = stored.ids[-members_of(len(stored.ids)) :]
    for id_ in itertools.cycle(members[: WRITES // 4]):
        yield requests.remove_members(group, [id_])
        yield requests.add_members(group, [id_])


def _create(company: Company, index: int) -> Request:
    return requests.create_user(wanted_values(company, index))


def _created(found: Round) -> list[dict[str, Any]]:
    if found.statuses.keys() - {201}:
        raise UnexpectedAnswer(f"POST was answered with {dict(found.statuses)}, expected 201")
    return [orjson.loads(body) for body in found.bodies]
