"""A server that grows from one number of users to the next, by bulk requests, which cost less than single POSTs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import orjson

from loadtests.bench.population import NEWCOMERS, Stored, created, large_group, remove
from loadtests.bench.progress import Plan, Tell
from loadtests.bench.raw_client import send_all
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.scenarios.initial_cycle import wanted_values
from simulator.company.people import Company
from simulator.entra import requests
from simulator.provisioning.request import Request

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
AT_ONCE, CONNECTIONS = 500, 4  # users per bulk request; concurrent bulk requests
USERS_PER_SECOND = 2_500.0  # that such requests create on an idle machine
PART = 20_000  # users whose responses are in memory at the same time

Person = tuple[str, str, str]  # id, userName, externalId


def growing(sizes: list[int], measuring: float) -> Plan:
    """Two parts for each size: to fill the server, and to measure, which takes this many seconds."""
    parts: list[tuple[str, float]] = []
    for before, users in pairwise([0, *sizes]):
        parts += [(f"{users:,} users", (users - before) / USERS_PER_SECOND), (f"{users:,} users", measuring)]
    return Plan(parts)


class Town:
    """The users stored so far."""

    def __init__(self, company: Company, target: Server) -> None:
        self._company, self._target = company, target
        self._people: list[Person] = []
        self._names: dict[int, tuple[str, str]] = {}  # by number: the names of users whose responses are pending
        self._group_id = ""

    @property
    def size(self) -> int:
        return len(self._people)

    async def grow(self, size: int, tell: Tell) -> None:
        """Create users until there are `size`. Raises UnexpectedAnswer or TargetFailed."""
        before = self.size
        while self.size < size:
            await self._add(
                min(size, self.size + PART),
                lambda made: tell(f"{made:,} created", (made - before) / (size - before)),
            )

    async def _add(self, size: int, tell: Callable[[int], None]) -> None:
        def bulks() -> Iterator[bytes]:
            for start in range(self.size, size, AT_ONCE):
                tell(start)
                yield self._target.encode(self._bulk(range(start, min(start + AT_ONCE, size))))

        answers = await send_all(self._target.base_url, bulks(), connections=CONNECTIONS, keep_bodies=True)
        made = dict(pair for body in answers.bodies for pair in _made(body))
        if len(made) < size - self.size:
            raise UnexpectedAnswer(f"{size - self.size - len(made):,} users of bulk requests were not created")
        self._people += [(made[index], *self._names.pop(index)) for index in range(self.size, size)]

    def stored(self) -> Stored:
        """The stored data in the form that the operations use."""
        ids, names, external_ids = map(list, zip(*self._people, strict=True))
        newcomers = [_body(self._company, self._company.size - 1 - number) for number in range(NEWCOMERS)]
        return Stored(ids, names, external_ids, newcomers, self._group_id)

    async def regroup(self) -> None:
        """Replace the large group with one for the current number of users. Raises UnexpectedAnswer or TargetFailed."""
        if self._group_id:
            await remove(self._target, [], self._group_id)
        body = large_group([id_ for id_, _, _ in self._people])
        request = self._target.encode(Request("POST", "/Groups", body, "create group"))
        (group,) = created(await send_all(self._target.base_url, iter([request]), keep_bodies=True))
        self._group_id = group["id"]

    def _bulk(self, numbers: range) -> Request:
        operations = []
        for number in numbers:
            body = _body(self._company, number)
            self._names[number] = body["userName"], body["externalId"]
            operations.append({"method": "POST", "path": "/Users", "bulkId": str(number), "data": body})
        return Request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}, "bulk")


def _body(company: Company, number: int) -> dict[str, Any]:
    body = requests.create_user(wanted_values(company.person(number))).body
    assert body is not None
    return body


def _made(body: bytes) -> Iterator[tuple[int, str]]:
    """Yields the number and id of each user that a bulk response reports as created."""
    for operation in orjson.loads(body).get("Operations", ()):
        if operation["status"] == "201":
            yield int(operation["bulkId"]), operation["location"].rpartition("/")[2]
