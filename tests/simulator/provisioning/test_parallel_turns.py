"""Concurrent turns are reported in one order, and turns that share a key never overtake each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from simulator.provisioning.answers import Failed
from simulator.provisioning.parallel_turns import Work, in_lanes, in_parallel
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange

AT = datetime(2026, 3, 2, tzinfo=UTC)


async def send(request: Request, cause: dict[str, str]) -> Exchange:
    raise AssertionError("nothing is sent")


def report(failure: Failed, turn: Turn) -> tuple[str, str]:
    return "code", failure.reason


@pytest.mark.parametrize("lanes", [1, 2, 4, 100])
def test_turns_are_reported_in_their_order_and_shared_keys_wait(lanes: int) -> None:
    taken: list[str] = []
    told: list[str] = []

    async def take(turn: Turn) -> None:
        for _ in range(20 - int(turn.object_id)):  # later ones are quicker
            await asyncio.sleep(0)
        taken.append(turn.object_id)

    def work(number: int) -> Work:
        turn = Turn("user", str(number), "", AT, 1, send, report)
        return Work(turn, take, ("even",) if number % 2 == 0 else ())

    turns = [work(number) for number in range(20)]
    asyncio.run(in_parallel(turns, lanes, lambda turn: told.append(turn.object_id)))
    assert turns == [], "finished turns are forgotten with their requests and responses"
    assert told == [str(number) for number in range(20)]
    evens = [int(number) for number in taken if int(number) % 2 == 0]
    assert evens == sorted(evens)


@pytest.mark.parametrize(("lanes", "most"), [(1, 1), (3, 3), (100, 20)])
def test_items_are_begun_in_order_and_no_more_at_once_than_lanes(lanes: int, most: int) -> None:
    begun: list[int] = []
    under_way: set[int] = set()
    seen = 0

    async def do(number: int) -> int:
        nonlocal seen
        begun.append(number)
        under_way.add(number)
        seen = max(seen, len(under_way))
        for _ in range(20 - number):  # later ones are quicker
            await asyncio.sleep(0)
        under_way.remove(number)
        return number * 2

    assert asyncio.run(in_lanes(range(20), lanes, do)) == [number * 2 for number in range(20)]
    assert begun == list(range(20))
    assert seen == most
