"""A server that grows: its users have the names and ids that the operations ask for, and its group grows with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from loadtests.bench.population import NEWCOMERS, SEED
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.bench.town import Town
from reference_server.embedded import embedded_server
from simulator.company.people import Company
from simulator.provisioning.request import Request


def untold(text: str, done: float) -> None:
    """No one looks at the progress."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server without the people of other companies, who can have the same names."""
    with embedded_server() as running:
        yield Server("a", running.base_url, running.token)


def test_a_town_grows_from_size_to_size(server: Server) -> None:
    town = Town(Company(SEED, 20 + NEWCOMERS), server)
    told: list[tuple[str, float]] = []

    async def read(path: str) -> Any:
        status, body = await server.ask(Request("GET", path, None, "read"))
        assert status == 200
        return body

    async def life() -> None:
        groups = []
        for size in (5, 20):
            await town.grow(size, lambda *step: told.append(step))
            await town.regroup()
            stored = town.stored()
            assert (town.size, len(set(stored.ids)), len(set(stored.names))) == (size, size, size)
            groups.append(stored.group_id)
            group = await read(f"/Groups/{stored.group_id}")
            assert [member["value"] for member in group["members"]] == stored.ids[-size // 5 :]
        last = await read(f"/Users/{stored.ids[-1]}")
        assert (last["userName"], last["externalId"]) == (stored.names[-1], stored.external_ids[-1])
        assert not {body["userName"] for body in stored.newcomers} & set(stored.names)
        assert (await server.ask(Request("GET", f"/Groups/{groups[0]}", None, "read")))[0] == 404

    asyncio.run(life())
    assert told == [("0 created", 0.0), ("5 created", 0.0)]


def test_a_user_that_cannot_be_created_ends_the_growth(server: Server) -> None:
    async def life() -> None:
        await Town(Company(SEED, 3), server).grow(3, untold)
        with pytest.raises(UnexpectedAnswer, match="3 users of bulk requests were not created"):
            await Town(Company(SEED, 3), server).grow(3, untold)

    asyncio.run(life())
