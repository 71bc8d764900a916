"""Plain code that waits: what it returns and raises, its pauses, and callers that stop waiting."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from reference_server import turns
from reference_server.scale.postgres.greenlets import Greenlets, wait
from tests.reference_server.scale.postgres.databases import run


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    if number < 0:
        raise ValueError(number)
    return 2 * number


def test_plain_code_waits_for_results_and_errors() -> None:
    def work() -> list[int | str]:
        try:
            wait(doubled(-1))
        except ValueError as error:
            return [wait(doubled(2)), wait(doubled(3)), f"error {error}"]
        return []

    async def life() -> None:
        greenlets = Greenlets()
        found = await asyncio.gather(*(greenlets.run(work) for _ in range(5)))
        assert found == [[4, 6, "error -1"]] * 5
        with pytest.raises(ValueError, match="-2"):
            await greenlets.run(lambda: wait(doubled(-2)))
        assert await greenlets.run(lambda: 1) == 1

    run(life())


def test_long_work_lets_other_tasks_run() -> None:
    ran: list[str] = []

    def work() -> None:
        while "other" not in ran:
            turns.count(100)

    async def other() -> None:
        ran.append("other")

    async def life() -> None:
        long = asyncio.create_task(Greenlets().run(work))
        await asyncio.gather(long, other())

    run(life())


def test_a_caller_that_stops_waiting_unwinds_the_work_and_leaves_no_garbage() -> None:
    class Held:
        pass

    unwound, held = [], []

    def work() -> None:
        own = Held()
        held.append(weakref.ref(own))
        try:
            wait(asyncio.Event().wait())
        finally:
            unwound.append(True)

    async def life() -> None:
        greenlets = Greenlets()
        for _ in range(3):
            task = asyncio.create_task(greenlets.run(work))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await greenlets.run(lambda: 2) == 2

    was_enabled = gc.isenabled()
    gc.disable()
    try:
        run(life())
        assert unwound == [True] * 3
        assert [ref() for ref in held] == [None] * 3
    finally:
        if was_enabled:
            gc.enable()
