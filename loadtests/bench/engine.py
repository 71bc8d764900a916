"""Measures the simulator's own speed in an initial cycle against a target that responds immediately."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, field

import uvloop

from loadtests.bench.instant_target import instant_target
from loadtests.bench.machine import machine_line
from loadtests.bench.progress import Progress
from reference_server.embedded import embedded_server
from scimulator import run_program
from simulator.run.garbage import collect_rarely
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.stream.events import SimulateEvent
from simulator.stream.run_stream import RunStream
from simulator.wire.client import ScimClient


@dataclass(slots=True)
class Measured:
    """The measurements of one initial cycle. `by_operation` is (requests, seconds of waiting for responses)."""

    progress: Progress

    users: int
    seconds: float = 0.0
    own_cpu: float = 0.0
    requests: int = 0
    by_operation: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0, 0.0]))

    def listen(self, event: SimulateEvent) -> None:
        if event["event"] == "exchange":
            row = self.by_operation[event["cause"]["operation"]]
            row[0] += 1
            row[1] += event["duration_ms"] / 1000
            self.requests += 1
            if self.requests % 500 == 0:
                self.progress.passing(f"initial cycle of {self.users:,} users, {self.requests:,} requests")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.engine",
        description="Measure the simulator in an initial cycle against an instant target and the reference server.",
        epilog="Example: python -m loadtests.bench.engine --users 50000",
    )
    parser.add_argument("--users", type=int, default=5_000, help="Number of users (default: 5000).")
    parser.add_argument("--lanes", type=int, default=4, help="Number of objects processed concurrently (default: 4).")
    parser.add_argument("--instant-only", action="store_true", help="Do not measure with the reference server.")
    options = parser.parse_args(arguments)
    collect_rarely()  # as `scimulator simulate` does
    print(machine_line(), flush=True)  # noqa: T201
    with instant_target() as url:
        _show("a target that responds immediately", uvloop.run(_measure(url, "token", options.users, options.lanes)))
    if not options.instant_only:
        with embedded_server() as server:
            measured = uvloop.run(_measure(server.base_url, server.token, options.users, options.lanes))
            _show("the reference server", measured)
    return 0


def _show(name: str, measured: Measured) -> None:
    per_second = measured.requests / measured.seconds
    lines = [
        f"\n{measured.users:,} users, initial cycle, {name}",
        f"  {measured.users / measured.seconds:,.0f} users/s, {per_second:,.0f} requests/s, {measured.seconds:.1f} s in total",
        f"  {measured.requests / measured.own_cpu:,.0f} requests per second of the simulator's CPU time",
        "\n| request | number | average wait, ms |\n| --- | ---: | ---: |",
    ]
    for operation, (count, seconds) in sorted(measured.by_operation.items(), key=lambda item: -item[1][0]):
        lines.append(f"| {operation} | {count:,.0f} | {seconds / count * 1000:.2f} |")
    print("\n".join(lines), flush=True)  # noqa: T201


async def _measure(url: str, token: str, users: int, lanes: int) -> Measured:
    scenario = Scenario.model_validate({"users": users, "days": 0, "provider": {"lanes": lanes}})
    measured = Measured(Progress(), users)
    async with ScimClient(url, token) as client:
        simulation = Simulation(scenario, client, RunStream(None, (measured.listen,)))
        began, cpu = time.perf_counter(), time.process_time()
        await simulation.job.run_cycle(scenario.start)
        measured.seconds, measured.own_cpu = time.perf_counter() - began, time.process_time() - cpu
        measured.progress.passing("")
    return measured


if __name__ == "__main__":
    run_program(main)
