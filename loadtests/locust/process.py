"""This process's part of a run (work, schedule, and measurements), and its role among several processes."""

from __future__ import annotations

import time

from loadtests.locust.shapes import Arrivals
from loadtests.locust.workers import Master, Worker, added_progress, progress_of
from loadtests.measurements.result import Result
from loadtests.measurements.time_series import Series, Total
from loadtests.scenarios.workload import Workload
from loadtests.target.connections import Connection
from secrecy.redaction import redacted

MOST_FAILURES = (
    200  # kinds of failures that are counted separately; a target may return a different scimType in every response
)
OTHER = "another error"


class ProcessRun:
    """One run in this process."""

    def __init__(self, work: Workload, arrivals: Arrivals, warm_up: float, tenants: list[Connection]) -> None:
        self.work, self.arrivals, self.warm_up, self.tenants = work, arrivals, warm_up, tenants
        self.busy_since = time.monotonic()
        self.cpu_began = time.process_time()
        self.measured_at: float | None = None  # seconds since the epoch
        self.set_up_errors: dict[str, int] = {}
        self.series = Series()
        self.totals: dict[int, Total] = {}
        self.failures: set[str] = set()

    def counts(self, now: float) -> bool:
        """Whether a request at this time is measured: neither setup nor warm-up."""
        phase = self.work.phase
        if phase is None or not phase.measured:
            return False
        if self.measured_at is None:
            self.measured_at = now
            self.busy_since, self.cpu_began = time.monotonic(), time.process_time()
        return now - self.measured_at >= self.warm_up

    def note(self, operation: str, milliseconds: float, *, failed: bool, tenant: int | None) -> None:
        """Record a measured request that has ended."""
        now = time.time()
        self.series.note(int(now), operation, milliseconds, failed=failed)
        if tenant is not None:
            self.totals.setdefault(tenant, Total()).note(now, operation, milliseconds, failed=failed)

    def note_failure(self, operation: str, failure: str, *, counts: bool) -> str:
        """The name under which a failure is counted. Failures of the setup are counted here, as Locust does not see them."""
        failure = redacted(failure)
        name = f"{operation}: {failure}"
        if name not in self.failures and len(self.failures) >= MOST_FAILURES:
            failure, name = OTHER, f"{operation}: {OTHER}"
        self.failures.add(name)
        if not counts:
            self.set_up_errors[f"setup: {name}"] = self.set_up_errors.get(f"setup: {name}", 0) + 1
        return failure

    def part(self) -> Result:
        """The result of this process so far."""
        return Result(
            finished=self.work.finished,
            gave_up=self.work.gave_up,
            generator_share=(time.process_time() - self.cpu_began) / max(time.monotonic() - self.busy_since, 0.001),
            record=self.work.record.owned(self.work.owns),
            errors=self.set_up_errors,
            series=self.series,
            tenants=self.totals,
            began=None if self.measured_at is None else self.measured_at + self.warm_up,
        )


class ThisProcess:
    """The state of this process: its role in the coordination, and its current run, if any."""

    master: Master | None = None
    worker: Worker | None = None
    run: ProcessRun | None = None
    run_number = 0  # changes when a run begins or ends, so that code of an earlier run stops

    def progress(self) -> dict[str, int]:
        if self.master is not None:
            return added_progress(self.master.live.values())
        return {} if self.run is None else progress_of(self.run.work)

    def is_over(self) -> bool:
        if self.master is not None:
            return self.master.is_over()
        return self.run is None or self.run.work.finished or self.run.work.gave_up


this_process = ThisProcess()
