"""Turns: long work on the event loop pauses regularly, so that other requests are served in between.

Long-running code calls `count` in its loops. A unit of work first runs as a plain call, which adds no cost. If it takes longer
than SLICE_SECONDS and has changed nothing, `count` aborts it, and it restarts in a greenlet, where `count` can pause it every
SLICE_SECONDS. The functions between the unit and the event loop do not have to be coroutines. Outside of a unit that may
pause, `count` does nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import merge
from operator import itemgetter
from typing import Any, TypeVar

from greenlet import greenlet

SLICE_SECONDS = 0.005  # how long work may block other requests
STEPS_PER_LOOK = 1_000  # steps between two checks of the time; a step takes about a microsecond
PART = 8_192  # items that are sorted without a pause
TOGETHER = 1_024  # items that are handled together

Result = TypeVar("Result")
Item = TypeVar("Item")
_left = STEPS_PER_LOOK
_ends = 0.0  # the end of the current slice
_may_begin_again = False  # whether the current unit is a plain call that has changed nothing


def count(steps: int = 1) -> None:
    """Count steps that the work has done or is about to do; pause if the slice is over."""
    global _left
    _left -= steps
    if _left < 0:
        _left = STEPS_PER_LOOK
        if time.perf_counter() > _ends:
            if _may_begin_again:
                raise _SliceIsOver
            pause = _PAUSE.get()
            if pause is not None:
                pause()
                _begin_slice()


def in_parts(items: list[Item]) -> Iterable[list[Item]]:
    """A list in parts, for work that handles many items at once. A pause is possible before each part."""
    if len(items) > TOGETHER:
        return _parts(items)
    count(len(items))
    return (items,)


def _parts(items: list[Item]) -> Iterator[list[Item]]:
    for begin in range(0, len(items), TOGETHER):
        count(TOGETHER)
        yield items[begin : begin + TOGETHER]


def pause() -> None:
    """Let other tasks run now. Only in a unit that runs in a greenlet and may pause."""
    own = _PAUSE.get()
    if own is None:
        raise RuntimeError("this unit of work cannot pause")
    own()
    _begin_slice()


def expect_many() -> None:
    """Run the current unit in a greenlet from the start, because it commits several times or will certainly pause."""
    set_aside()


def set_aside() -> None:
    """Abort the current unit, which runs again later, if it is a plain call that has changed nothing."""
    if _may_begin_again:
        raise _SliceIsOver


def hold() -> None:
    """Let the current unit run without further pauses, because it has changed something that must become visible at once."""
    global _may_begin_again
    _may_begin_again = False
    worker = _WORKER.get()
    if worker is not None:
        worker.held = True


def release() -> None:
    """Let the current unit pause again, because its changes so far are complete."""
    worker = _WORKER.get()
    if worker is not None:
        worker.held = False


def in_order(keyed: list[tuple[Any, Item]], descending: bool = False) -> Iterable[tuple[Any, Item]]:
    """Sort pairs of a key and an item by key (stable). Long lists are sorted in parts with pauses in between."""
    if len(keyed) <= PART:
        return sorted(keyed, key=_first, reverse=descending)
    parts = []
    for begin in range(0, len(keyed), PART):
        parts.append(sorted(keyed[begin : begin + PART], key=_first, reverse=descending))
        count(PART)
    return _with_pauses(merge(*parts, key=_first, reverse=descending))


def _with_pauses(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        count(3)
        yield item


_first = itemgetter(0)


@contextmanager
def pausing(pause: Callable[[], None]) -> Iterator[None]:
    """A context in which `count` pauses by calling `pause`, for an engine that runs its units in its own greenlets."""
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
    """Runs units of work and reuses their greenlets."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []

    def begin(self, work: Callable[[], Result]) -> Result | Paused:
        """Run the work for one slice; the caller must `finish` what takes longer. The work must tolerate a restart."""
        global _ends, _may_begin_again
        _ends = time.perf_counter() + SLICE_SECONDS
        _may_begin_again = True
        try:
            return work()
        except _SliceIsOver:
            return Paused(work)
        finally:
            _may_begin_again = False

    async def finish(self, paused: Paused) -> Any:
        """Run the work from the start, with pauses in which other tasks of the event loop run."""
        worker = self._idle.pop() if self._idle else _Worker()
        worker.held = False
        given: Callable[[], Any] | None = paused.work
        while True:
            try:
                await asyncio.sleep(0)
            except BaseException as error:
                if given is None:
                    worker.throw(error)  # unwinds the stack of the work
                raise
            _begin_slice()
            outcome = worker.switch(given)
            given = None
            if outcome is not _PAUSED:
                self._idle.append(worker)
                return _result(outcome)


class Paused:
    """A unit of work that is not finished."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work


class _SliceIsOver(BaseException):
    """Aborts a plain call that takes too long or has to wait. It is not an Exception, so that no code in between handles it."""


class _Worker:
    """Runs one unit after another in a greenlet. Greenlets have their own context, so `count` finds the worker only there."""

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
    """The result of work that raised an exception; the worker remains usable."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        return _Raised(error)


def _result(outcome: Any) -> Any:
    if not isinstance(outcome, _Raised):
        return outcome
    raised = outcome.error
    del outcome  # avoids a reference cycle between the error and its traceback
    try:
        raise raised
    finally:
        del raised


_PAUSED = object()
_PAUSE: ContextVar[Callable[[], None] | None] = ContextVar("how the current unit of work pauses", default=None)
_WORKER: ContextVar[_Worker | None] = ContextVar("the greenlet that runs the current unit of work", default=None)
