"""Long work pauses so that other tasks run, and not where others would see half of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from reference_server import turns
from reference_server.turns import STEPS_PER_LOOK, Paused, Turns, count


@pytest.fixture(autouse=True)
def every_look_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock decides: a slice is over as soon as it has begun."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)


def look() -> None:
    count(2 * STEPS_PER_LOOK)


async def run(shared: Turns, work: Callable[[], Any]) -> Any:
    outcome = shared.begin(work)
    return await shared.finish(outcome) if isinstance(outcome, Paused) else outcome


async def beside(work: Callable[[], Any]) -> tuple[Any, int]:
    """(what the work returned, how often another task ran in the meantime)."""
    ran, over = 0, False

    async def other() -> None:
        nonlocal ran
        while not over:
            ran += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    result = await run(Turns(), work)
    seen, over = ran, True
    await task
    return result, seen


def test_work_that_counts_lets_others_run() -> None:
    def work() -> str:
        for _ in range(50):
            look()
        return "done"

    result, ran = asyncio.run(beside(work))
    assert result == "done"
    assert ran >= 50


def test_work_that_does_not_count_runs_at_once() -> None:
    assert asyncio.run(beside(lambda: "done")) == ("done", 0)


def test_work_that_is_not_over_after_a_slice_begins_again() -> None:
    begun: list[int] = []

    def work() -> int:
        begun.append(len(begun))
        look()
        look()
        return len(begun)

    result, ran = asyncio.run(beside(work))
    assert result == 2
    assert ran >= 2


def test_work_that_has_changed_something_neither_begins_again_nor_pauses() -> None:
    changed: list[bool] = []

    def work() -> str:
        turns.hold()
        changed.append(True)
        look()
        return "done"

    assert asyncio.run(beside(work)) == ("done", 0)
    assert changed == [True]


def test_work_that_is_whole_again_may_pause() -> None:
    steps: list[str] = []

    def work() -> None:
        turns.expect_many()
        for number in range(2):
            turns.hold()
            look()
            steps.append(f"change {number}")
            turns.release()
            look()

    _, ran = asyncio.run(beside(work))
    assert steps == ["change 0", "change 1"]
    assert ran >= 3


def test_units_take_turns_and_keep_apart() -> None:
    order: list[str] = []

    def work(name: str) -> str:
        for _ in range(3):
            look()
            order.append(name)
        return name

    async def both() -> list[str]:
        shared = Turns()
        return list(await asyncio.gather(run(shared, lambda: work("a")), run(shared, lambda: work("b"))))

    assert asyncio.run(both()) == ["a", "b"]
    assert order == ["a", "b"] * 3, "each begins again and then pauses three times"


def test_an_error_reaches_the_caller_and_the_next_unit_runs() -> None:
    def fails() -> None:
        look()
        raise LookupError("gone")

    async def both() -> Any:
        shared = Turns()
        with pytest.raises(LookupError, match="gone"):
            await run(shared, fails)
        return await run(shared, lambda: "next")

    assert asyncio.run(both()) == "next"


def test_a_cancelled_unit_is_unwound() -> None:
    unwound: list[bool] = []

    def work() -> None:
        try:
            while True:
                look()
        finally:
            unwound.append(True)

    async def cancelled() -> Any:
        shared = Turns()
        task = asyncio.create_task(run(shared, work))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await run(shared, lambda: "next")

    assert asyncio.run(cancelled()) == "next"
    assert unwound == [True, True], "the plain call, and the one that had paused"


def test_counting_outside_a_unit_does_nothing() -> None:
    look()


def test_an_engine_with_greenlets_of_its_own_says_how_to_pause() -> None:
    paused: list[bool] = []
    with turns.pausing(lambda: paused.append(True)):
        look()
    look()
    assert paused == [True]
