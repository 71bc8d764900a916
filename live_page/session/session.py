"""The one session of the process. A worker thread drives the simulation; the web application reads it and asks for work."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from pydantic import ValidationError

from live_page.session.playthrough import Access, Playthrough
from live_page.session.problem import Problem
from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.mapping.synchronization_schema import SchemaError
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.run.live_simulation import NoCycleDue
from simulator.run.outcome import TargetUnusable
from simulator.run.session import BadInput
from simulator.scenario.load import ScenarioError
from simulator.scenario.model import Scenario
from simulator.wire.body import Unusable
from simulator.wire.http_client import NoResponse

Result = TypeVar("Result")
LOG = logging.getLogger("scimulator.ui")
TICK_SECONDS = 0.2  # how often the clock advances while it plays
LONGEST_TICK = 1.0  # a busy machine slows the virtual time down
SERVER_GONE = "Restart the embedded server on the page Target."


@dataclass(slots=True)
class Busy:
    """The work in progress, in words."""

    what: str
    began: float


class Session:
    """What every tab shows. Read its attributes from any thread; change them only through `do` and `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.play: Playthrough | None = None
        self.busy: Busy | None = None
        self.speed = 0
        self.problem: Problem | None = None
        self.versions: Counter[str] = Counter()  # of what the views show: a view reads again what has changed
        self._plays = 0
        self._player: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._lock: asyncio.Lock | None = None
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)
        self._thread.start()

    @property
    def revision(self) -> int:
        """Changes whenever something changes that a page shows."""
        return self.versions.total()

    def changed(self, *topics: str) -> None:
        """Note that views of these topics are out of date."""
        self.versions.update(topics)

    def playing(self) -> Playthrough:
        """The current playthrough. Raises Problem when there is none."""
        if self.play is None:
            raise Problem("There is no company yet.", "Choose a target on the page Target.")
        return self.play

    # ── work on the simulation's thread ──

    async def do(self, what: str, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run work on the simulation's thread after the work in progress, and wait for it. Raises Problem."""
        return await asyncio.wrap_future(self._submit(self._alone(what, work)))

    def start(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        """Start work that may take long. What goes wrong is shown on every page."""
        self._submit(self._shown(what, work))

    async def read(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run work that only reads on the simulation's thread, beside the work in progress. Raises Problem."""
        return await asyncio.wrap_future(self._submit(_with_problems(work)))

    # ── the playthrough ──

    async def begin(self, scenario: Scenario, access: Access) -> None:
        """Begin a new playthrough in place of the current one. Raises Problem, and keeps the current one if it cannot open."""
        await self.do("Starting", lambda: self.open(scenario, access))

    def end(self, *, keep: bool) -> None:
        """End everything, and wait for it."""
        with suppress(Exception):
            self._submit(self._end(keep=keep)).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def open(self, scenario: Scenario, access: Access) -> None:
        """The work of `begin`, on the simulation's thread."""
        self._stop_player()
        self._plays += 1
        path = self.folder / f"playthrough-{self._plays}.jsonl"
        before = self.play
        if before is not None and not before.access.embedded:  # what it created must not look like someone else's
            self.play = None
            await self._close(before)
            before = None
        opened = await Playthrough.open(scenario, access, path, lambda event: self.changed("traffic", "company"))
        self.play, self.problem = opened, None
        if before is not None:
            await self._close(before)
        self.changed("target", "company", "clock", "traffic", "provider", "keep")

    async def _close(self, play: Playthrough) -> None:
        await play.close(keep=False)
        play.recording.path.unlink(missing_ok=True)

    async def _end(self, *, keep: bool) -> None:
        self._stop_player()
        assert self._lock is not None
        async with self._lock:
            if self.play is not None:
                await self.play.close(keep=keep)

    # ── time ──

    def set_speed(self, speed: int) -> None:
        """Let virtual time pass `speed` times as fast as real time; 0 pauses."""
        self._loop.call_soon_threadsafe(self._set_speed, speed)

    def _set_speed(self, speed: int) -> None:
        self._stop_player()
        if speed and self.play is not None:
            self.speed = speed
            self._player = self._loop.create_task(self._shown("", lambda: self._keep_playing(speed)))
        self.changed("clock")

    def _stop_player(self) -> None:
        self.speed = 0
        if self._player is not None:
            self._player.cancel()
            self._player = None

    async def _keep_playing(self, speed: int) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            passed = timedelta(seconds=round(min(now - before, LONGEST_TICK) * speed))  # events have whole seconds
            before = now
            await asyncio.shield(self._alone("", partial(self._advance, passed)))

    async def _advance(self, passed: timedelta) -> None:
        simulation = self.playing().simulation
        await simulation.advance(simulation.now + passed)

    # ── the thread ──

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._lock = asyncio.Lock()
        self._loop.run_forever()

    def _submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _alone(self, what: str, work: Callable[[], Awaitable[Result]]) -> Result:
        assert self._lock is not None
        async with self._lock:
            self.busy = Busy(what, time.monotonic()) if what else None
            self.changed("clock")
            try:
                return await _with_problems(work)
            finally:
                self.busy = None
                self.changed("clock", "company", "provider", "keep")

    async def _shown(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            await (self._alone(what, work) if what else work())
            self.problem = None
        except Problem as problem:
            self.problem = problem
        except asyncio.CancelledError:
            return
        finally:
            if self.problem is not None:
                self.speed = 0
            self.changed("clock")


async def _with_problems(work: Callable[[], Awaitable[Result]]) -> Result:
    """The result of the work. What a user can cause becomes a Problem; anything else is logged and shown as unexpected."""
    try:
        return await work()
    except Problem:
        raise
    except NoCycleDue:
        raise Problem(
            "The provisioning job is stopped, so no cycle follows.", "Start it on the page Provider."
        ) from None
    except EventDoesNotFit as error:
        raise Problem(f"This is not possible now: {error}.") from None
    except ConnectionTestFailed as error:
        raise Problem(f"The connection test failed: {error}.", "See the request on the page Traffic.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Problem(f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, expected ')}") from None
    except (BadInput, ScenarioError, SchemaError, TargetUnusable) as error:
        raise Problem(str(error)) from None
    except (NoResponse, Unusable, ConnectionError) as error:
        raise Problem(f"The embedded server does not answer ({type(error).__name__}).", SERVER_GONE) from None
    except Exception as error:
        LOG.exception("unexpected error")
        raise Problem(
            f"Unexpected error in Scimulator: {type(error).__name__}.", "The console has the details."
        ) from None


def iso(moment: datetime | None) -> str | None:
    """A time for the page."""
    return None if moment is None else moment.isoformat()
