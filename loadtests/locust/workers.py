"""How master and workers agree: who takes which share, when the measured part begins, who has ended, who was lost.

Over Locust's own messages, so that it makes no difference on which machines the workers are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.locust.options import BadOptions
from loadtests.measurements.result import Result, result_from_json
from loadtests.scenarios.workload import Workload

READY, GO, PART = "scim_ready", "scim_go", "scim_part"
LOST_SECONDS = 5  # without a heartbeat, once Locust itself calls a worker missing (after three)
IDLE_SECONDS = 0.005


class Master:
    """One for all runs of a master's life; `parts` are those of the workers that have ended."""

    def __init__(self, runner: MasterRunner) -> None:
        self.runner = runner
        self.parts: dict[str, Result] = {}
        self.live: dict[str, dict[str, int]] = {}
        self.expected: list[str] = []
        self._run = 0
        self._ready: set[str] = set()
        self._gone = False
        runner.register_message(READY, self._take_ready)
        runner.register_message(PART, self._take_part)

    def begin(self, options: Any) -> None:
        """Gives every worker that is there its share; Locust passes the options on. One that comes later has no share.

        Raises BadOptions where a share would have nobody to send it.
        """
        self._run += 1
        self._gone = False
        self.expected = sorted(client.id for client in self.runner.clients.ready)
        if self.runner.target_user_count < len(self.expected):
            users, workers = self.runner.target_user_count, len(self.expected)
            self.expected = []
            raise BadOptions(f"-u: expected at least one user for each of the {workers} workers, got {users}")
        self.parts.clear()
        self.live.clear()
        self._ready.clear()
        options.shares = {id_: number for number, id_ in enumerate(self.expected)}
        options.run_number = self._run

    def is_over(self) -> bool:
        """Whether every worker has told its part, one gave up, or one is lost, without which the rest would wait."""
        told = len(self.parts) == len(self.expected)
        return told or any(part.gave_up for part in self.parts.values()) or bool(self.lost())

    def lost(self) -> list[str]:
        """Workers of this run that are gone and have not told their part."""
        return [id_ for id_ in self.expected if id_ not in self.parts and not self._lives(id_)]

    def _lives(self, id_: str) -> bool:
        client = self.runner.clients.get(id_)
        return client is not None and client.heartbeat > -LOST_SECONDS

    def _take_ready(self, environment: Environment, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._ready.add(msg.node_id)
        if self._ready.issuperset(self.expected) and not self._gone:
            self._gone = True
            self.runner.send_message(GO, {"run": self._run})

    def _take_part(self, environment: Environment, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run and msg.node_id in self.expected:
            self.parts[msg.node_id] = result_from_json(msg.data["part"])


class Worker:
    """The other side: waits with the measured part until everybody's set-up is done."""

    def __init__(self, runner: WorkerRunner) -> None:
        self.runner = runner
        self._run = 0
        self._work: Workload | None = None
        self._part: Callable[[], Result]
        runner.register_message(GO, self._go)

    def begin(self, options: Any, work: Workload, part: Callable[[], Result]) -> None:
        """Follows a run of the master's to its end."""
        self._run, self._work, self._part = options.run_number, work, part
        gevent.spawn(self._follow, work)

    def end(self) -> None:
        """Tells what was done, all of it or as far as a run that is cut short came; once."""
        if self._work is not None:
            self._work = None
            self.runner.send_message(PART, {"run": self._run, "part": self._part().to_json()})

    def _follow(self, work: Workload) -> None:
        told = False
        while work is self._work and not work.finished and not work.gave_up:
            if work.waiting and not told:
                told = True
                self.runner.send_message(READY, {"run": self._run})
            gevent.sleep(IDLE_SECONDS)
        if work is self._work:
            self.end()

    def _go(self, environment: Environment, msg: Any, **_: Any) -> None:
        if self._work is not None and msg.data["run"] == self._run:
            self._work.held_back = False


def share_of(runner: Any, options: Any) -> tuple[int, int] | None:
    """(share, shares) of this process; None for a worker that came after the run had begun: all is taken."""
    if not isinstance(runner, WorkerRunner):
        return 0, 1
    shares: dict[str, int] = getattr(options, "shares", {})
    return (shares[runner.client_id], len(shares)) if runner.client_id in shares else None


def progress_of(work: Workload) -> dict[str, int]:
    """What a worker that is not done yet can report; numbers that add up over the workers."""
    return {
        "steps": work.done,
        "people": work.people,
        "created": work.created,
        "leavers": len(work.record.leaver_seconds),
        "still_active": len(work.record.still_active),
        "setting_up": work.phase is not None and not work.phase.measured,
    }


def added_progress(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """What several workers are doing, as one."""
    whole: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            whole[name] = whole.get(name, 0) + number
    return whole
