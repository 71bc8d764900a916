"""The people of a benchmark: the same at every server, with ids that a server can take over."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from loadtests.bench.population import NEWCOMERS, Population, created, fill, large_group, members_of, population, remove
from loadtests.bench.raw_client import Round
from loadtests.bench.server import Server, UnexpectedAnswer
from tests.fake_target import fake_target


@pytest.fixture(scope="module")
def made() -> Population:
    return population(20)


@pytest.mark.slow
def test_two_populations_of_one_size_are_the_same(made: Population) -> None:
    assert population(20) == made
    assert (len(made.people), len(made.ids), len(made.newcomers)) == (20, 20, NEWCOMERS)


def test_names_and_ids_are_unique_also_among_those_who_join_later(made: Population) -> None:
    names = [body["userName"] for body in (*made.people, *made.newcomers)]
    assert len(set(names)) == len(names)
    assert len({*made.ids, made.group_id}) == 21


@pytest.mark.parametrize(("users", "members"), [(1, 1), (4, 1), (50, 10), (50_000, 10_000)])
def test_a_fifth_of_the_users_are_members_of_the_group(users: int, members: int) -> None:
    assert members_of(users) == members
    ids = [str(number) for number in range(users)]
    assert [member["value"] for member in large_group(ids)["members"]] == ids[-members:]


def test_the_file_has_one_resource_a_line_and_the_group_last(made: Population, tmp_path: Path) -> None:
    made.write(tmp_path / "resources")
    *people, group = map(json.loads, (tmp_path / "resources").read_text().splitlines())
    assert [person["id"] for person in people] == made.ids
    assert (group["id"], group["meta"]["resourceType"]) == (made.group_id, "Group")
    assert {member["value"] for member in group["members"]} <= set(made.ids)


def test_a_server_is_filled_by_post_and_emptied_again(made: Population) -> None:
    with fake_target() as target:
        server = Server("a", target.url, "t")

        async def life() -> None:
            stored = await fill(server, made)
            assert sorted([*stored.ids, stored.group_id]) == sorted(held["id"] for held in target.resources.values())
            held = [target.resources[f"Users/{id_}"]["userName"] for id_ in stored.ids]
            assert held == stored.names
            await remove(server, stored.ids, stored.group_id)

        asyncio.run(life())
        assert target.resources == {}


def test_a_server_that_was_filled_at_its_start_gets_no_requests(made: Population) -> None:
    with fake_target() as target:
        stored = asyncio.run(fill(Server("a", target.url, "t", preloaded=True), made))
        assert (stored.ids, stored.group_id) == (made.ids, made.group_id)
        assert target.received == []


def test_an_answer_other_than_201_or_204_ends_the_measurement() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"POST returned \{409: 1\}, expected 201"):
        created(Round(statuses=Counter({409: 1})))
    with fake_target() as target, pytest.raises(UnexpectedAnswer, match=r"DELETE returned \{404: 1\}"):
        asyncio.run(remove(Server("a", target.url, "t"), ["nobody"]))
