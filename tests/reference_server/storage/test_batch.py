"""A batch of commits: who waits for it, and what they receive."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reference_server.storage.batch import DONE, Batch
from reference_server.storage.tables import StorageFailed


async def wait(batch: Batch) -> str:
    await batch
    return "durable"


def test_canceling_one_task_does_not_affect_the_others() -> None:
    async def life() -> list[Any]:
        batch = Batch()
        tasks = [asyncio.create_task(wait(batch)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [False, True, False]
        batch.end(None)
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = asyncio.run(life())
    assert (first, third) == ("durable", "durable")
    assert isinstance(second, asyncio.CancelledError)


def test_a_coroutine_without_a_task_is_resumed_by_a_callback() -> None:
    batch = Batch()
    work = wait(batch)
    resumed: list[Any] = []

    async def life() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: work.send(None).add_done_callback(resumed.append))
        await asyncio.sleep(0)
        assert not resumed
        batch.end(None)
        assert resumed == [batch]

    asyncio.run(life())
    with pytest.raises(StopIteration) as ended:
        work.send(None)
    assert ended.value.value == "durable"


def test_everyone_who_waits_receives_an_error_of_their_own() -> None:
    async def life() -> list[Any]:
        batch = Batch()
        tasks = [asyncio.create_task(wait(batch)) for _ in range(2)]
        await asyncio.sleep(0)
        batch.end("the disk is full")
        late = asyncio.create_task(wait(batch))
        return await asyncio.gather(*tasks, late, return_exceptions=True)

    failed = asyncio.run(life())
    assert [type(one) for one in failed] == [StorageFailed] * 3
    assert len({id(one) for one in failed}) == 3


def test_waiting_for_nothing_takes_no_turn_of_the_loop() -> None:
    work = wait(DONE)
    with pytest.raises(StopIteration):
        work.send(None)
