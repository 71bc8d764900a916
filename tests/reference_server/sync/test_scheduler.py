"""The scheduler: what fell due is caught up once, inside the window only (tests/schedule has the whole of it)."""

from __future__ import annotations

from datetime import timedelta

from reference_server.clock import VirtualClock
from tests.in_process import House, run
from tests.reference_server.support import person
from tests.support import MONDAY


def test_missed_ticks_are_caught_up_by_one_run(at: House) -> None:
    async def story() -> None:
        clock = at.clock
        assert isinstance(clock, VirtualClock)
        await person(at, "ada", "ada@x.com")
        clock.set(MONDAY + timedelta(hours=5, minutes=1))
        runs = await at.scheduler.run_due()
        assert [(run_["trigger"], run_["created"]) for run_ in runs] == [("catch-up", 1)]
        assert await at.scheduler.run_due() == []

    run(story())


def test_nothing_is_caught_up_outside_the_window(at: House) -> None:
    async def story() -> None:
        clock = at.clock
        assert isinstance(clock, VirtualClock)
        await person(at, "ada", "ada@x.com")
        clock.set(MONDAY + timedelta(hours=20))
        assert await at.scheduler.run_due() == []
        due = [item async for item in at.scheduler.due_between(clock.now(), MONDAY + timedelta(days=1, hours=1))]
        assert [(tick.at, tick.full) for tick, _ in due] == [(MONDAY + timedelta(days=1, hours=1), True)]

    run(story())
