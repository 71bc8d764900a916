"""What a run creates is removed; what was there before, and what it has deleted itself, is not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.entra.requests import create_user
from simulator.provisioning.request import Request
from simulator.run.made_resources import PART, MadeResources, Removed, remove_paths
from simulator.wire.client import ScimClient
from tests.fake_target import FakeTarget, Received, fake_target

GROUP = Request("POST", "/Groups?aadOptscim062020", {"displayName": "Sales"}, "create group")


def removed(target: FakeTarget, work: Callable[[MadeResources], Awaitable[Any]], foreign: str = "") -> Removed:
    async def run() -> Removed:
        async with ScimClient(target.url, "a-secret-token") as client:
            made = MadeResources(client)
            made.foreign = frozenset([foreign])
            await work(made)
            target.received.clear()
            return await made.remove()

    return asyncio.run(run())


def user(name: str) -> Request:
    return create_user({"userName": name})


async def two_users_and_a_group(made: MadeResources) -> None:
    await made.send(user("anna"))
    await made.send(user("bert"))
    await made.send(GROUP)


def test_no_user_is_removed_before_the_groups_that_name_it_are_gone() -> None:
    def rule(request: Received) -> Any:
        is_first = target.lines("DELETE").count(f"DELETE {request.path}") < 2
        return (503, {}) if request.method == "DELETE" and "/Groups/" in request.path and is_first else "well"

    with fake_target(rule) as target:
        assert removed(target, two_users_and_a_group) == Removed(["/Groups/g3", "/Users/u1", "/Users/u2"])
        assert target.lines("DELETE")[:2] == ["DELETE /scim/Groups/g3"] * 2
        assert target.resources == {}


def test_what_the_run_deleted_is_not_deleted_again() -> None:
    async def work(made: MadeResources) -> None:
        await made.send(user("anna"))
        await made.send(Request("DELETE", "/Users/u1", None, "delete user"))

    with fake_target() as target:
        assert removed(target, work) == Removed()
        assert target.received == []


def test_a_creation_without_an_answer_is_looked_for_by_name() -> None:
    """The target created the user and broke off: the run has no id, and the user would stay forever."""

    def breaks_off(request: Received) -> Any:
        if request.method == "POST":
            target.hold("Users", "x/1", **request.json)
            return None
        return "well"

    with fake_target(breaks_off) as target:
        target.hold("Users", "other", userName="someone else")
        assert removed(target, lambda made: made.send(user('quote " name'))) == Removed(["/Users/x%2F1"])
        assert list(target.resources) == ["Users/other"]


def test_what_was_there_before_stays_even_if_a_creation_answers_with_it() -> None:
    with fake_target(lambda request: (201, {"id": "old"}) if request.method == "POST" else "well") as target:
        target.hold("Users", "old", userName="anna")
        assert removed(target, lambda made: made.send(user("anna")), foreign="old") == Removed()
        assert list(target.resources) == ["Users/old"]


def test_what_cannot_be_removed_is_named_and_trouble_that_passes_is_waited_out() -> None:
    asked: list[str] = []

    def rule(request: Received) -> Any:
        if request.method == "DELETE":
            asked.append(request.path)
            if request.path.endswith("u1"):
                return 403, {}
            if request.path.endswith("u2") and asked.count(request.path) < 3:
                return 503, {}
        return "well"

    with fake_target(rule) as target:
        assert removed(target, two_users_and_a_group) == Removed(["/Groups/g3", "/Users/u2"], ["/Users/u1"])
        assert sorted(path.rpartition("/")[2] for path in asked) == ["g3", "u1", "u2", "u2", "u2"]


def test_the_progress_of_a_long_removal_is_reported() -> None:
    told: list[tuple[int, int]] = []

    async def run(target: FakeTarget, **options: float) -> None:
        async with ScimClient(target.url, "a-secret-token") as client:
            paths = [f"/Users/{number}" for number in range(PART + 10)]
            await remove_paths(client, paths, lambda done, total: told.append((done, total)), **options)

    with fake_target(lambda request: (204, None)) as target:
        asyncio.run(run(target))
        assert told == [], "a short one needs none"
        asyncio.run(run(target, every=-1.0))
    assert told == [(PART, PART + 10), (PART + 10, PART + 10)]
