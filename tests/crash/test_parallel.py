"""Many clients at once: no update is lost, no name is given twice, versions only grow."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from reference_server.embedded import embedded_server
from tests.stores import KINDS, Stores
from tests.support import Scim


@pytest.fixture(scope="module", params=KINDS)
def scim(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    """A server over a folder, and two processes over a database."""
    data = Stores(request.param, request, tmp_path_factory.mktemp("parallel")).new()
    workers = ["--workers", "2"] if request.param == "postgres" else []
    with embedded_server(data=data, arguments=workers) as server:
        yield Scim(server)
        told = Scim(server).admin("GET", "/audit/verify").json
        assert told["whole"], told


@pytest.mark.slow
def test_counting_with_versions_loses_no_step(scim: Scim) -> None:
    """8 clients add to the same counters by read, If-Match and retry: a lost update would show in the sum."""
    counters = [scim.user(title="0")["id"] for _ in range(5)]

    def count(client: int) -> list[str]:
        dice, done = random.Random(client), []
        for _ in range(25):
            path = f"/Users/{dice.choice(counters)}"
            while True:
                held = scim.get(path).json
                step = {"op": "replace", "path": "title", "value": str(int(held["title"]) + 1)}
                if scim.patch(path, step, headers={"If-Match": held["meta"]["version"]}).status == 200:
                    done.append(path)
                    break
        return done

    with ThreadPoolExecutor(8) as pool:
        done = [path for listed in pool.map(count, range(8)) for path in listed]
    assert len(done) == 200
    for id_ in counters:
        assert int(scim.get(f"/Users/{id_}").json["title"]) == done.count(f"/Users/{id_}")


@pytest.mark.slow
@pytest.mark.parametrize("members", [40, pytest.param(300, marks=pytest.mark.full)])
def test_parallel_one_member_patches_all_arrive(scim: Scim, members: int) -> None:
    """32 clients, each with members of its own, all into one group; half of them leave again."""
    group = scim.group()
    people = [[scim.user()["id"] for _ in range(members // 4)] for _ in range(32)]

    def work(mine: list[str]) -> None:
        for id_ in mine:
            assert (
                scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": id_}]}).status
                == 204
            )
        for id_ in mine[::2]:
            assert (
                scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{id_}"]'}).status
                == 204
            )

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, people))
    assert scim.members(group) == sorted(id_ for mine in people for id_ in mine[1::2])


@pytest.mark.slow
def test_versions_of_a_resource_only_grow_in_the_journal(tmp_path: Path) -> None:
    with embedded_server(data=tmp_path / "data") as server:
        scim = Scim(server)
        ids = [scim.user()["id"] for _ in range(4)]

        def change(number: int) -> None:
            scim.patch(f"/Users/{ids[number % 4]}", {"op": "replace", "path": "title", "value": str(number)})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(change, range(120)))
    seen: dict[str, list[int]] = {}
    sequences: list[int] = []
    for journal in sorted((tmp_path / "data").glob("journal-*.log")):
        for line in journal.read_bytes().splitlines():
            sequence, _, _, _, operations = line.split(b" ", 4)
            for name, _, record in orjson.loads(operations):
                if record and name.endswith("/User"):
                    seen.setdefault(record["id"], []).append(_version(record["resource"]))
            if orjson.loads(operations):
                sequences.append(int(sequence))
    assert sequences == list(range(1, len(sequences) + 1))
    assert set(ids) <= set(seen)
    assert all(versions == sorted(set(versions)) for versions in seen.values())


def _version(resource: dict[str, Any]) -> int:
    return int(resource["meta"]["version"].strip('W/"'))
