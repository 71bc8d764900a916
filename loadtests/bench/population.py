"""The data of the benchmark: every server stores the same users and one large group."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from loadtests.bench.progress import Tell, counted
from loadtests.bench.raw_client import Round, send_all
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.scenarios.initial_cycle import wanted_values
from simulator.company.people import Company
from simulator.entra import requests
from simulator.mapping.target_path import GROUP_URN
from simulator.provisioning.request import Request

SEED = 4711
MOST_MEMBERS = 20_000
NEWCOMERS = 4_000  # limit for the POSTs in a round


@dataclass(frozen=True, slots=True)
class Population:
    """Bodies as a provider sends them. `ids` are for servers whose storage is filled directly."""

    people: list[dict[str, Any]]
    newcomers: list[dict[str, Any]]
    ids: list[str]

    def write(self, path: Path) -> None:
        """Write one resource with its id per line, users first and the group last."""
        lines = [orjson.dumps({**body, "id": id_}) for body, id_ in zip(self.people, self.ids, strict=True)]
        group = {**large_group(self.ids), "id": self.group_id, "meta": {"resourceType": "Group"}}
        path.write_bytes(b"\n".join([*lines, orjson.dumps(group), b""]))

    @property
    def group_id(self) -> str:
        return _id("group")


@dataclass(frozen=True, slots=True)
class Stored:
    """The data of one server: ids, names, and external ids in the same order, and the bodies for rounds of POSTs."""

    ids: list[str]
    names: list[str]
    external_ids: list[str]
    newcomers: list[dict[str, Any]]
    group_id: str


def population(users: int) -> Population:
    """The data for a number of users, and the users who join while POST is measured."""
    company = Company(SEED, users)
    bodies = [requests.create_user(wanted_values(company.person(index))).body for index in range(users + NEWCOMERS)]
    people = [body for body in bodies if body is not None]
    return Population(people[:users], people[users:], [_id(f"user {index}") for index in range(users)])


def members_of(users: int) -> int:
    """The number of members of the large group: a fifth of the users, or as many as fit into a request of 1 MiB."""
    return min(max(1, users // 5), MOST_MEMBERS)


def large_group(ids: list[str]) -> dict[str, Any]:
    """The large group: the last fifth of the users."""
    members = [{"value": id_} for id_ in ids[-members_of(len(ids)) :]]
    return {"schemas": [GROUP_URN], "displayName": f"Bench {ids[0]}", "externalId": ids[0], "members": members}


async def fill(server: Server, wanted: Population, tell: Tell = lambda text, done: None) -> Stored:
    """Store the users and the group by POST, unless the server was filled at its start or stores nothing.

    Raises UnexpectedAnswer, TargetFailed.
    """
    if server.preloaded or server.bare:
        return _stored(wanted.people, wanted.ids, wanted, wanted.group_id)
    bodies = counted(wanted.people, len(wanted.people), f"filling {server.name}", tell)
    work = (server.encode(Request("POST", "/Users", body, "create user")) for body in bodies)
    people = created(await send_all(server.base_url, work, keep_bodies=True))
    ids = [person["id"] for person in people]
    request = server.encode(Request("POST", "/Groups", large_group(ids), "create group"))
    (group,) = created(await send_all(server.base_url, iter([request]), keep_bodies=True))
    return _stored(people, ids, wanted, group["id"])


async def remove(server: Server, ids: list[str], group_id: str | None = None) -> None:
    """Delete users and, if given, the group. Raises UnexpectedAnswer if one cannot be deleted."""
    work = [requests.delete_group(group_id)] if group_id else []
    work += [requests.delete_user(id_) for id_ in ids]
    found = await send_all(server.base_url, map(server.encode, work))
    if found.statuses.keys() - {200, 204}:
        raise UnexpectedAnswer(f"DELETE returned {dict(found.statuses)}, expected 204")


def created(found: Round) -> list[dict[str, Any]]:
    """The resources that a round of POSTs created. Raises UnexpectedAnswer if one was not created."""
    if found.statuses.keys() - {201}:
        raise UnexpectedAnswer(f"POST returned {dict(found.statuses)}, expected 201")
    return [orjson.loads(body) for body in found.bodies]


def _stored(people: list[dict[str, Any]], ids: list[str], wanted: Population, group_id: str) -> Stored:
    names, external = ([person[key] for person in people] for key in ("userName", "externalId"))
    return Stored(ids, names, external, wanted.newcomers, group_id)


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
