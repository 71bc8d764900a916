"""Runs up to `lanes` turns concurrently, and reports them in an order that does not depend on this number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simulator.provisioning.turn import Turn

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Work:
    """A turn to run. Turns that share a key, such as a user name, run one after the other, in order."""

    turn: Turn
    take: Callable[[Turn], Awaitable[None]]
    keys: tuple[str, ...] = ()


async def in_parallel(work: list[Work], lanes: int, done: Callable[[Turn], None]) -> None:
    """Run every turn. `done` is called for each in the order of `work`, as soon as all earlier turns are done.

    `work` is emptied, so that a finished turn is forgotten together with its requests and responses.
    """
    held, count = dict(enumerate(work)), len(work)
    waits, ends = _order(work) if lanes > 1 else ({}, {})
    work.clear()
    finished = [False] * count
    waiting = iter(range(count))
    told = 0

    async def lane() -> None:
        nonlocal told
        for number in waiting:
            for earlier in waits.get(number, ()):
                if not finished[earlier]:
                    await ends[earlier].wait()
            await held[number].turn.taken(held[number].take)
            finished[number] = True
            if number in ends:
                ends[number].set()
            while told < count and finished[told]:
                done(held.pop(told).turn)
                told += 1

    if lanes == 1 or count < 2:
        await lane()
        return
    async with asyncio.TaskGroup() as group:
        for _ in range(min(lanes, count)):
            group.create_task(lane())


async def in_lanes(items: Sequence[Item], lanes: int, do: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    """Call `do` for every item, at most `lanes` at a time, started in order. Returns the results in order."""
    results: dict[int, Result] = {}
    waiting = iter(range(len(items)))

    async def lane() -> None:
        for number in waiting:
            results[number] = await do(items[number])

    if lanes == 1 or len(items) < 2:
        await lane()
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(lanes, len(items))):
                group.create_task(lane())
    return [results[number] for number in range(len(items))]


def _order(work: Iterable[Work]) -> tuple[dict[int, list[int]], dict[int, asyncio.Event]]:
    """(number → the earlier ones it waits for, an event for each that is waited for)."""
    latest: dict[str, int] = {}
    waits: dict[int, list[int]] = {}
    for number, item in enumerate(work):
        for key in item.keys:
            if key in latest and latest[key] != number:
                waits.setdefault(number, []).append(latest[key])
            latest[key] = number
    return waits, {earlier: asyncio.Event() for numbers in waits.values() for earlier in numbers}
