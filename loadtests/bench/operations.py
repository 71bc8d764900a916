"""The operations of the benchmark, each with an endless supply of prepared requests.

PATCH requests follow RFC 7644, not Entra's dialects, so that the comparison does not depend on tolerance.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator

from loadtests.bench.population import SEED, Stored, members_of
from loadtests.bench.server import Server
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.provisioning.request import Request

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
DIFFERENT = 20_000  # number of distinct requests; then they repeat
AS_IN_THE_RFC = WireShape(dialect=Dialect.AAD_OPT_SCIM_062020)


def supply(operation: str, server: Server, stored: Stored) -> Iterator[bytes]:
    """An endless sequence of requests. Rounds continue where the previous one stopped, so that every PATCH changes something."""
    made = _bare_requests(operation, stored) if server.bare else _requests(operation, stored)
    return itertools.cycle([server.encode(request) for request in made])


def newcomers(server: Server, stored: Stored) -> list[bytes]:
    """The POSTs of one round: each user once, because user names are unique."""
    return [server.encode(_create(body)) for body in stored.newcomers]


def _bare_requests(operation: str, stored: Stored) -> Iterable[Request]:
    """The requests for the bare app, which returns the same response to every GET."""
    if operation in READING:
        return [Request("GET", "/Users?count=100" if operation == "page of 100" else "/Users", None, operation)]
    return map(_create, stored.newcomers)


def _requests(operation: str, stored: Stored) -> Iterable[Request]:
    users = len(stored.ids)
    anybody = random.Random(SEED).sample(
        range(users), min(users, DIFFERENT)
    )  # random order, so that caches have no advantage
    match operation:
        case "GET by id":
            return (requests.read_user(stored.ids[one]) for one in anybody)
        case "filter userName eq":
            return (requests.match_user("userName", stored.names[one]) for one in anybody)
        case "filter externalId eq":
            return (requests.match_user("externalId", stored.external_ids[one]) for one in anybody)
        case "page of 100":
            starts = range(1, max(2, users - PAGE + 2), max(1, users // 50))  # at any depth
            return (requests.read_page("/Users", start, PAGE) for start in starts)
        case "PATCH":
            some = [stored.ids[one] for one in anybody[: DIFFERENT // 8]]
            return (retitle(id_, title) for title in ("Engineer", "Senior Engineer") for id_ in some)
        case _:
            return _out_and_in(stored)


def retitle(id_: str, title: str) -> Request:
    """Change one attribute of a user. Two titles alternate, because a server may skip a change without effect."""
    return requests.update_user(id_, [AttributeChange("title", title, True)], AS_IN_THE_RFC)


def member_leaves(stored: Stored, id_: str) -> Request:
    return requests.remove_members(stored.group_id, [id_], AS_IN_THE_RFC)


def member_comes(stored: Stored, id_: str) -> Request:
    return requests.add_members(stored.group_id, [id_], AS_IN_THE_RFC)


def _out_and_in(stored: Stored) -> Iterator[Request]:
    """Remove the members of the large group one by one, then add them again, so that requests for one member never overlap."""
    members = stored.ids[-members_of(len(stored.ids)) :][:DIFFERENT]
    for act in (member_leaves, member_comes):
        yield from (act(stored, id_) for id_ in members[: DIFFERENT // 20])


def _create(body: dict[str, object]) -> Request:
    return Request("POST", "/Users", body, "create user")
