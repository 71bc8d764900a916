"""/control: moves the virtual clock through every tick on its way. Absent unless the server was started for it."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.routing import Route

from reference_server.admin.guard import Answer, BadRequest, Guard, expect, read_object
from reference_server.clock import VirtualClock
from reference_server.service.connections import Connections
from reference_server.sync.runner import Runner
from reference_server.sync.scheduler import Scheduler


class Control:
    """The clock's endpoints."""

    def __init__(self, clock: VirtualClock, connections: Connections, runner: Runner, scheduler: Scheduler) -> None:
        self._clock = clock
        self._connections = connections
        self._runner = runner
        self._scheduler = scheduler

    def routes(self, guard: Guard) -> list[Route]:
        return [
            Route("/clock", guard.wrap(self.show), methods=["GET"]),
            Route("/clock", guard.wrap(self.move), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Answer:
        return 200, {"now": self._clock.now().isoformat()}

    async def move(self, request: Request) -> Answer:
        """Set the clock, after running each tick that falls due at its own moment; answers with the runs that did work."""
        text = expect(await read_object(request), "now", str)
        try:
            target = datetime.fromisoformat(text)
        except ValueError:
            raise BadRequest(f'now: expected a time like 2026-03-02T06:00:00Z, got "{text[:60]}"') from None
        runs = []
        try:
            for tick, connection_id in self._scheduler.due_between(self._clock.now(), target):
                self._clock.set(tick.at)
                run = await self._runner.run_tick(self._connections.get(connection_id), tick)
                if run is not None:
                    runs.append(run)
            self._clock.set(target)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        return 200, {"now": self._clock.now().isoformat(), "runs": runs}
