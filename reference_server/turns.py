"""Turns: long work on the event loop pauses now and then, so that other requests are served in between.

Code that does much calls `count` in its loops. After SLICE_SECONDS of work, `count` pauses the unit of work that it runs in.
A unit runs in a greenlet, so the functions between the unit and the loop need not be coroutines. Outside a unit that may
pause, `count` does nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from greenlet import greenlet

SLICE_SECONDS = 0.005  # how long work may keep other requests waiting
STEPS_PER_LOOK = 1_000  # between two looks at the clock; a step is about a microsecond

Result = TypeVar("Result")
_left = STEPS_PER_LOOK
_ends = 0.0  # when the slice that runs now is over


def count(steps: int = 1) -> None:
    """Note that the work has done, or is about to do, so many steps; pause if the slice is over."""
    global _left
    _left -= steps
    if _left < 0:
        _left = STEPS_PER_LOOK
        pause = _PAUSE.get()
        if pause is not None and time.perf_counter() > _ends:
            pause()
            _begin_slice()


def hold() -> None:
    """Let the current unit run without pauses from now on: it has changed something that others must see as a whole."""
    worker = _WORKER.get()
    if worker is not None:
        worker.held = True


def release() -> None:
    """What the current unit has changed so far is whole: it may pause again."""
    worker = _WORKER.get()
    if worker is not None:
        worker.held = False


@contextmanager
def pausing(pause: Callable[[], None]) -> Iterator[None]:
    """Within it, `count` pauses by calling `pause`, for an engine that runs its units in greenlets of its own."""
    before = _PAUSE.set(pause)
    _begin_slice()
    try:
        yield
    finally:
        _PAUSE.reset(before)


def _begin_slice() -> None:
    global _ends
    _ends = time.perf_counter() + SLICE_SECONDS


class Turns:
    """Runs units of work in greenlets, which are kept for the next unit: making one costs more than a short unit."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run the work; other tasks of the event loop run in its pauses."""
        worker = self._idle.pop() if self._idle else _Worker()
        worker.held = False
        _begin_slice()
        outcome = worker.switch(work)
        while outcome is _PAUSED:
            try:
                await asyncio.sleep(0)
            except BaseException as error:
                worker.throw(error)  # unwinds the work
                raise
            _begin_slice()
            outcome = worker.switch(None)
        self._idle.append(worker)
        if not isinstance(outcome, _Raised):
            return outcome  # type: ignore[no-any-return]
        raised = outcome.error
        del outcome  # else the error's traceback holds what holds the error
        try:
            raise raised
        finally:
            del raised


class _Worker:
    """Runs one unit after the other in a greenlet; that has a context of its own, so `count` finds it in no other place."""

    def __init__(self) -> None:
        self._greenlet = greenlet(self._run)
        self.switch = self._greenlet.switch
        self.throw = self._greenlet.throw
        self.held = False

    def _run(self, work: Callable[[], Any]) -> Any:
        _WORKER.set(self)
        _PAUSE.set(self._pause)
        while True:
            work = self._greenlet.parent.switch(_outcome(work))

    def _pause(self) -> None:
        if not self.held:
            self._greenlet.parent.switch(_PAUSED)


class _Raised:
    """The outcome of work that raised; the worker lives on."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        return _Raised(error)


_PAUSED = object()
_PAUSE: ContextVar[Callable[[], None] | None] = ContextVar("how the current unit of work pauses", default=None)
_WORKER: ContextVar[_Worker | None] = ContextVar("the greenlet that runs the current unit of work", default=None)
