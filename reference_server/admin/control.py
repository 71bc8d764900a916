"""/control: changes the virtual clock and the faults at run time. Exists only with --virtual-clock or --faults."""

from __future__ import annotations

from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.routing import Route

from reference_server.admin.guard import Answer, BadRequest, Guard, expect_only, read_object, read_time
from reference_server.clock import Clock, VirtualClock
from reference_server.faults.middleware import Faults
from reference_server.faults.profile import UnfitProfile, parse_profile
from reference_server.service.connections import Connections
from reference_server.storage.tables import Record
from reference_server.sync.runner import Runner
from reference_server.sync.scheduler import Scheduler

LONGEST_JUMP = timedelta(days=3_660)  # of the clock in one request: 130,000 ticks of a connection with default settings


class Control:
    """The endpoints for the features that are on."""

    def __init__(
        self, clock: Clock, connections: Connections, runner: Runner, scheduler: Scheduler, faults: Faults | None
    ) -> None:
        self._clock = clock
        self._connections = connections
        self._runner = runner
        self._scheduler = scheduler
        self._faults = faults

    def routes(self, guard: Guard) -> list[Route]:
        table = []
        if isinstance(self._clock, VirtualClock):
            table += [("/clock", "GET", self.show_clock), ("/clock", "POST", self.move_clock)]
        if self._faults is not None:
            table += [
                ("/faults", "GET", self.show_faults),
                ("/faults", "PUT", self.change_faults),
                ("/faults/reset", "POST", self.reset_faults),
            ]
        return [Route(path, guard.wrap(handler), methods=[method]) for path, method, handler in table]

    async def show_clock(self, request: Request) -> Answer:
        return 200, {"now": self._clock.now().isoformat()}

    async def move_clock(self, request: Request) -> Answer:
        """Advance the clock, run every scheduled sync on the way at its own time, and return the runs that changed something."""
        assert isinstance(self._clock, VirtualClock)
        body = await read_object(request)
        expect_only("member of the body", body, ("now",))
        target = read_time("now", body.get("now"))
        now = self._clock.now()
        if target - now > LONGEST_JUMP:
            most = f"at most {LONGEST_JUMP.days} days after the current time of the virtual clock, {now.isoformat()}"
            raise BadRequest(f"now: expected a time {most}; advance the clock in several steps")
        runs: list[Record] = []
        try:
            async for tick, connection in self._scheduler.due_between(now, target):
                self._clock.set(tick.at)
                run = await self._runner.run_tick(connection, tick)
                if run is not None:
                    runs.append(run)
            self._clock.set(target)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        return 200, {"now": self._clock.now().isoformat(), "runs": runs}

    async def show_faults(self, request: Request) -> Answer:
        """The profile, the number of requests since it was set, and the latest injected faults."""
        assert self._faults is not None
        faults = self._faults
        return 200, {"profile": faults.profile.document, "requests": faults.seen, "injected": list(faults.strikes)}

    async def change_faults(self, request: Request) -> Answer:
        """Replace the profile; the body has the format of a profile file."""
        assert self._faults is not None
        body = await read_object(request)
        try:
            self._faults.use(parse_profile(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(), "profile"))
        except UnfitProfile as error:
            raise BadRequest(str(error)) from None
        return await self.show_faults(request)

    async def reset_faults(self, request: Request) -> Answer:
        """Restore the profile of the start and count requests from one again."""
        assert self._faults is not None
        self._faults.reset()
        return await self.show_faults(request)
