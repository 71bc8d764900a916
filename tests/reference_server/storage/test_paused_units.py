"""A unit that pauses lets units of other parts write, until it begins its commit; nothing of this is lost or half visible."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from reference_server import turns
from reference_server.storage.database import TinyDBTables, open_tables
from reference_server.storage.tables import StorageFailed
from tests.in_process import TOKEN, opened_house
from tests.support import GROUP, USER


@pytest.fixture(autouse=True)
def every_look_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(turns, "STEPS_PER_LOOK", 0)
    monkeypatch.setattr(turns, "_left", 0)


def lived(folder: Path, life: Callable[[TinyDBTables], Awaitable[None]], **options: Any) -> None:
    async def whole() -> None:
        store = open_tables(folder, **options)
        try:
            await life(store)
        finally:
            await store.aclose()

    asyncio.run(whole())


def put(store: TinyDBTables, key: str) -> None:
    transaction = store.transaction()
    transaction.put(store.table("log"), {"id": key})
    transaction.commit()


def long_unit(store: TinyDBTables, order: list[str], *, before: int = 5, during: int = 0) -> Callable[[], None]:
    """A unit that pauses some times before it begins its commit, and some times after that."""

    def work() -> None:
        turns.expect_many()
        order.append("begins")
        for _ in range(before):
            turns.count()
        transaction = store.transaction()
        transaction.begin_commit()
        order.append("commits")
        for _ in range(during):
            turns.count()
        transaction.put(store.table("log"), {"id": "long"})
        transaction.commit()
        order.append("ends")

    return work


def short_unit(store: TinyDBTables, order: list[str], name: str) -> Callable[[], None]:
    def work() -> None:
        put(store, name)
        order.append(name)

    return work


@pytest.mark.parametrize(
    ("parts", "during", "expected"),
    [
        (("a", "b"), 0, ["begins", "short", "commits", "ends"]),
        (("a", "b"), 3, ["begins", "short", "commits", "ends"]),
        (("a", "a"), 0, ["begins", "commits", "ends", "short"]),
        (("a", None), 0, ["begins", "commits", "ends", "short"]),
        ((None, "a"), 0, ["begins", "commits", "ends", "short"]),
        ((None, None), 0, ["begins", "commits", "ends", "short"]),
    ],
)
def test_only_a_unit_of_another_part_runs_in_a_pause(
    tmp_path: Path, parts: tuple[str | None, str | None], during: int, expected: list[str]
) -> None:
    order: list[str] = []

    async def life(store: TinyDBTables) -> None:
        first = asyncio.create_task(store.write(long_unit(store, order, during=during), pauses=True, part=parts[0]))
        while not order:
            await asyncio.sleep(0)
        await asyncio.gather(first, store.write(short_unit(store, order, "short"), pauses=True, part=parts[1]))
        assert order == expected
        assert {record["id"] for record in store.table("log")} == {"long", "short"}

    lived(tmp_path, life)


def test_no_other_unit_writes_between_the_beginning_of_a_commit_and_its_end(tmp_path: Path) -> None:
    order: list[str] = []

    async def life(store: TinyDBTables) -> None:
        first = asyncio.create_task(store.write(long_unit(store, order, before=0, during=20), pauses=True, part="a"))
        while "commits" not in order:
            await asyncio.sleep(0)
        await asyncio.gather(first, store.write(short_unit(store, order, "short"), pauses=True, part="b"))
        assert order == ["begins", "commits", "ends", "short"]

    lived(tmp_path, life)


def test_two_paused_units_commit_one_after_the_other(tmp_path: Path) -> None:
    both: list[str] = []

    class Both(list[str]):
        def __init__(self, name: str) -> None:
            self.name = name

        def append(self, what: str) -> None:
            both.append(f"{self.name} {what}")

    async def life(store: TinyDBTables) -> None:
        units = [
            store.write(long_unit(store, Both(name), before=before, during=7), pauses=True, part=name)
            for name, before in (("a", 4), ("b", 6))
        ]
        await asyncio.gather(*units)
        assert both == ["a begins", "b begins", "a commits", "a ends", "b commits", "b ends"]

    lived(tmp_path, life)


def test_a_unit_of_the_whole_store_is_not_overtaken_for_ever(tmp_path: Path) -> None:
    order: list[str] = []

    async def life(store: TinyDBTables) -> None:
        async def one_after_the_other(part: str) -> None:
            for _ in range(20):
                await store.write(long_unit(store, [], before=5), pauses=True, part=part)
                order.append(part)

        busy = [asyncio.create_task(one_after_the_other(part)) for part in ("a", "b", "c")]
        await asyncio.sleep(0)
        await store.write(short_unit(store, order, "whole"))
        await asyncio.gather(*busy)

    lived(tmp_path, life)
    assert order.index("whole") <= 6


def test_a_paused_unit_fails_with_a_commit_that_is_rolled_back_meanwhile(tmp_path: Path) -> None:
    """What it had committed before, and what it had read, may be gone."""
    broken = False

    def fault(point: str) -> None:
        if broken and point == "before_append":
            raise OSError(28, "No space left on device")

    async def life(store: TinyDBTables) -> None:
        nonlocal broken
        order: list[str] = []

        def work() -> None:
            turns.expect_many()
            order.append("begins")
            while broken or len(order) < 2:
                turns.count()
            turns.count()

        paused = asyncio.create_task(store.write(work, pauses=True, part="a"))
        while not order:
            await asyncio.sleep(0)
        broken = True
        with pytest.raises(StorageFailed):
            await store.write(short_unit(store, [], "lost"), part="b")
        broken = False
        order.append("goes on")
        with pytest.raises(StorageFailed, match="rolled back"):
            await paused
        await store.write(short_unit(store, [], "kept"), part="a")
        assert [record["id"] for record in store.table("log")] == ["kept"]

    lived(tmp_path, life, fault=fault)


def test_tenants_that_write_side_by_side_leave_a_whole_audit_trail(tmp_path: Path) -> None:
    """Every request of three tenants pauses wherever it can; each has its own result, and the shared trail stays a chain."""

    async def life() -> None:
        async with opened_house(str(tmp_path)) as house:
            own = house.connection_id
            places = [(own, TOKEN)]
            for name in ("Second", "Third"):
                tenant = await house.actions.create_tenant(name, "enterprise", True)
                connection, token = await house.actions.create_connection(tenant.id)
                places.append((connection.id, token))

            async def tenant_life(number: int) -> None:
                made = []
                for user in range(6):
                    status, person = await house.scim(
                        "POST", "/Users", {"schemas": [USER], "userName": f"u{user}"}, at=places[number]
                    )
                    assert status == 201, person
                    made.append(person["id"])
                body = {"schemas": [GROUP], "displayName": "all", "members": [{"value": one} for one in made]}
                status, group = await house.scim("POST", "/Groups", body, at=places[number])
                assert status == 201, group
                for one in made[:3]:
                    status, _ = await house.scim("DELETE", f"/Users/{one}", at=places[number])
                    assert status == 204
                status, group = await house.scim("GET", f"/Groups/{group['id']}", at=places[number])
                assert {member["value"] for member in group["members"]} == set(made[3:])

            await asyncio.gather(*(tenant_life(number) for number in range(3)))
            assert await house.actions.verify_audit() is None
            kinds = [event["kind"] for event in await house.read(lambda: list(house.service.audit.events()))]
            assert (kinds.count("user.created"), kinds.count("user.deleted")) == (18, 9)

    asyncio.run(life())
