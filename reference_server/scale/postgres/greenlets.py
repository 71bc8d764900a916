"""Runs units of work that only read in greenlets, so that plain code can wait for the database and pause for other tasks.

The greenlets are reused, because a new one costs more than most look-ups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from greenlet import getcurrent, greenlet

from reference_server.storage.tables import Result
from reference_server.turns import pausing


def wait(awaitable: Awaitable[Result]) -> Result:
    """The result of an awaitable, for code that runs in one of the greenlets."""
    result: Result = getcurrent().parent.switch(awaitable)
    return result


class Greenlets:
    """The greenlets of one event loop."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of work that may call `wait`."""
        worker = self._idle.pop() if self._idle else _Worker()
        outcome = worker.switch(work)
        while not isinstance(outcome, _Outcome):
            try:
                answer = await outcome
            except BaseException as error:
                outcome = worker.throw(error)
            else:
                outcome = worker.switch(answer)
        self._idle.append(worker)
        result: Result = outcome.result()
        return result


class _Outcome:
    """The result of work, or the exception that it raised."""

    __slots__ = ("_error", "_value")

    def __init__(self, value: Any, error: BaseException | None = None) -> None:
        self._value = value
        self._error = error

    def result(self) -> Any:
        if self._error is None:
            return self._value
        try:
            raise self._error
        finally:
            self._error = None  # avoids a reference cycle between the error and its traceback


class _Worker:
    """Runs one unit after another in a greenlet."""

    def __init__(self) -> None:
        self._greenlet = greenlet(self._run)
        self.switch = self._greenlet.switch
        self.throw = self._greenlet.throw

    def _run(self, work: Callable[[], Any]) -> Any:
        give = self._greenlet.parent.switch
        with pausing(lambda: wait(asyncio.sleep(0))):
            while True:
                work = give(_outcome(work))


def _outcome(work: Callable[[], Any]) -> _Outcome:
    try:
        return _Outcome(work())
    except BaseException as error:
        return _Outcome(None, error)
