"""Coordinates master and workers: shares of the work, start of the measured part, end of the run, and lost workers.

It uses Locust's own messages, so workers can run on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.locust.options import BadOptions
from loadtests.measurements.result import Result, result_from_json
from loadtests.scenarios.workload import Workload

READY, GO, PART = "scim_ready", "scim_go", "scim_part"
LOST_SECONDS = 5  # without a heartbeat, after Locust itself reports a worker as missing (after three)
IDLE_SECONDS = 0.005
LAST_PARTS_SECONDS = 5.0


class Master:
    """The master's side, for all runs of the process. `parts` are the results of workers that have ended."""

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
        """Give every connected worker its share. Locust forwards the options. Later workers get no share.

        Raises BadOptions if there are fewer users than workers.
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
        """Whether every worker has reported its part, or one gave up or was lost, for which the others would wait."""
        told = len(self.parts) == len(self.expected)
        return told or any(part.gave_up for part in self.parts.values()) or bool(self.lost())

    def lost(self) -> list[str]:
        """Workers of this run that ended without reporting their part."""
        return [id_ for id_ in self.expected if id_ not in self.parts and not self._lives(id_)]

    def wait_for_parts(self) -> None:
        """Wait a moment for the parts of workers that have just been stopped."""
        until = time.monotonic() + LAST_PARTS_SECONDS
        while len(self.parts) < len(self.expected) and not self.lost() and time.monotonic() < until:
            gevent.sleep(IDLE_SECONDS)

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
    """The worker's side. It waits with the measured part until all workers have finished their setup."""

    def __init__(self, runner: WorkerRunner) -> None:
        self.runner = runner
        self._run = 0
        self._work: Workload | None = None
        self._part: Callable[[], Result]
        runner.register_message(GO, self._go)

    def begin(self, options: Any, work: Workload, part: Callable[[], Result]) -> None:
        """Follow a run of the master to its end."""
        self._run, self._work, self._part = options.run_number, work, part
        gevent.spawn(self._follow, work)

    def end(self) -> None:
        """Report the part once, complete or as far as an interrupted run came.

        The counts of Locust go first: after the last part, the master waits for them only half a second.
        """
        if self._work is not None:
            self._work = None
            counts: dict[str, Any] = {}
            fire = self.runner.environment.events.report_to_master.fire
            fire(client_id=self.runner.client_id, data=counts)  # type: ignore[no-untyped-call]
            self.runner.send_message("stats", counts)
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
    """The share of this process and the number of shares; None for a worker that connected after the start."""
    if not isinstance(runner, WorkerRunner):
        return 0, 1
    shares: dict[str, int] = getattr(options, "shares", {})
    return (shares[runner.client_id], len(shares)) if runner.client_id in shares else None


def progress_of(work: Workload) -> dict[str, int]:
    """The progress of a worker, as numbers that can be added over workers."""
    return {
        "steps": work.done,
        "people": work.people,
        "created": work.created,
        "leavers": len(work.record.leaver_seconds),
        "still_active": len(work.record.still_active),
        "setting_up": work.phase is not None and not work.phase.measured,
    }


def added_progress(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """The sum of the progress of several workers."""
    whole: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            whole[name] = whole.get(name, 0) + number
    return whole
