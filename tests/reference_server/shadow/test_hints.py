"""What requests announce to a database: the number of statements, for one request and for sixteen at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from reference_server.shadow.hints import MANY, expect_many_members
from reference_server.turns import Paused, Turns
from tests.in_process import House, opened_house, run
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import counting_statements
from tests.support import PATCH, USER

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

AT_ONCE = 16
People = list[dict[str, Any]]
Ask = Callable[[House, People, str, int], Awaitable[tuple[int, Any]]]


def get(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    return at.scim("GET", f"/Users/{people[number]['id']}")


def match(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    return at.scim("GET", f"/Users?filter=userName%20eq%20%22{people[number]['userName']}%22")


def create(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    return at.scim("POST", "/Users", {"schemas": [USER], "userName": f"newcomer {len(people)} {number}"})


def patch(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    return at.scim("PATCH", f"/Users/{people[number]['id']}", body)


def join(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    value = [{"value": people[number]["id"]}]
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": value}]}
    return at.scim("PATCH", f"/Groups/{group}", body)


def leave(at: House, people: People, group: str, number: int) -> Awaitable[tuple[int, Any]]:
    path = f'members[value eq "{people[number]["id"]}"]'
    return at.scim("PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": [{"op": "remove", "path": path}]})


# The most statements for one request, and for sixteen at the same time. Usually, both numbers are the same. On a busy machine,
# a look-up that takes long lets the next one begin, so the second number leaves room.
@pytest.mark.parametrize(
    ("ask", "alone", "together"),
    [(get, 2, 4), (match, 3, 6), (create, 5, 10), (patch, 5, 10), (join, 5, 10), (leave, 6, 12)],
)
def test_requests_at_the_same_time_share_statements(
    postgres: PostgresServer, ask: Ask, alone: int, together: int
) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    async def asked(at: House, people: People, group: str, numbers: range) -> int:
        sent()
        answers = await asyncio.gather(*(ask(at, people, group, number) for number in numbers))
        assert {status for status, _ in answers} <= {200, 201, 204}
        assert all(body["totalResults"] == 1 for _, body in answers if body and "totalResults" in body)
        return len(sent())

    async def story() -> None:
        async with opened_house(url) as at:
            people = [await at.user(userName=f"user {number}") for number in range(3 + AT_ONCE)]
            in_it = [person["id"] for person in people] if ask is leave else [people[0]["id"]]
            group = (await at.group("all", *in_it))["id"]
            for number in (1, 2):  # opens the connections, and loads the tables that such a request uses
                counted = await asked(at, people, group, range(number, number + 1))
            assert counted <= alone
            assert await asked(at, people, group, range(3, 3 + AT_ONCE)) <= together
            assert await at.service.audit.verify() is None

    run(story())


def test_the_operations_of_a_bulk_request_share_look_ups(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)
    names = [f"user {number}" for number in range(200)]

    async def story() -> None:
        async with opened_house(url) as at:
            await at.user(userName="user 7")
            sent()
            operations = [
                {"method": "POST", "path": "/Users", "bulkId": name, "data": {"schemas": [USER], "userName": name}}
                for name in names
            ]
            invalid: tuple[Any, ...] = ([], {"userName": {}})
            broken = [{**operations[0], "bulkId": f"broken {data}", "data": data} for data in invalid]
            _, body = await at.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": [*operations, *broken]})
            statuses = [operation["status"] for operation in body["Operations"]]
            assert statuses == ["409" if name == "user 7" else "201" for name in names] + ["400", "400"]
            assert len(sent()) < len(names) / 2  # three for each unit of work of 50 ms

    run(story())


@pytest.mark.parametrize("members", [MANY, MANY + 1])
def test_only_a_patch_of_many_members_begins_in_a_greenlet(members: int) -> None:
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": "x"}] * members}]}
    assert isinstance(Turns().begin(lambda: expect_many_members(body)), Paused) == (members > MANY)
