"""Takes many turns at the same time, with a bound, and reports them in one order whatever the bound (the knob `lanes`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from simulator.provisioning.turn import Turn


@dataclass(frozen=True, slots=True)
class Work:
    """A turn to be taken. Turns that share a key (a user name, say) are taken one after the other, in order."""

    turn: Turn
    take: Callable[[Turn], Awaitable[None]]
    keys: tuple[str, ...] = ()


async def in_parallel(work: Sequence[Work], lanes: int, done: Callable[[Turn], None]) -> None:
    """Take every turn; `done` is called for each in the order of `work`, as soon as all before it are through."""
    if lanes == 1 or len(work) < 2:
        for item in work:
            await item.turn.taken(item.take)
            done(item.turn)
        return
    finished = [False] * len(work)
    waits, ends = _order(work)
    waiting = iter(range(len(work)))
    told = 0

    async def lane() -> None:
        nonlocal told
        for number in waiting:
            for earlier in waits.get(number, ()):
                if not finished[earlier]:
                    await ends[earlier].wait()
            await work[number].turn.taken(work[number].take)
            finished[number] = True
            if number in ends:
                ends[number].set()
            while told < len(work) and finished[told]:
                done(work[told].turn)
                told += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(min(lanes, len(work))):
            group.create_task(lane())


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
