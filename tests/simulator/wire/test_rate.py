"""A rate spreads requests evenly by the clock of the event loop and saves nothing up in a pause."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

import pytest

from simulator.wire.rate import Rate


class JumpingClock(selectors.DefaultSelector):
    """Jumps to the moment that the loop would wait for, so that a test takes no time."""

    now = 1_000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    def __init__(self) -> None:
        self._clock_of_test = JumpingClock()
        super().__init__(self._clock_of_test)

    def time(self) -> float:
        return self._clock_of_test.now


def moments(per_second: float, *pauses: float) -> list[float]:
    """When each request is let through, in seconds since the start; before the first of each burst of three, a pause."""

    async def bursts() -> list[float]:
        rate, loop, found = Rate(per_second), asyncio.get_running_loop(), list[float]()
        begun = loop.time()

        async def one() -> None:
            await rate.wait()
            found.append(loop.time() - begun)

        for pause in pauses:
            await asyncio.sleep(pause)
            await asyncio.gather(one(), one(), one())
        return found

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result: Any = runner.run(bursts())
    return list(result)


@pytest.mark.parametrize(
    ("per_second", "pauses", "expected"),
    [
        (2.0, [0.0], [0.0, 0.5, 1.0]),  # many lanes ask at once
        (0.1, [0.0], [0.0, 10.0, 20.0]),
        (2.0, [0.0, 0.0], [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]),
        (2.0, [0.0, 60.0], [0.0, 0.5, 1.0, 61.0, 61.5, 62.0]),  # a minute of rest allows no burst
        (2.0, [0.0, 0.2], [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]),
    ],
)
def test_requests_are_spread_evenly(per_second: float, pauses: list[float], expected: list[float]) -> None:
    assert moments(per_second, *pauses) == pytest.approx(expected)
