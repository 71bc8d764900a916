"""Measures the load generator's own speed: creating a company, and requests against a target that responds immediately."""

from __future__ import annotations

import argparse
import sys
import time

from loadtests.bench.instant_target import instant_target
from loadtests.bench.machine import machine_line
from loadtests.bench.progress import Progress
from loadtests.measurements.result import Result
from loadtests.run.locust_process import Processes, run_locust
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection
from reference_server.lifeline import start_guarded
from scimulator import run_program
from secrecy.temporary import temporary_folder

COMPANY = """from simulator.company.people import Company
for person in Company(4711, {users}).people():
    pass"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.generator",
        description="Measure the load generator: time to create a company, and requests per second of one process.",
        epilog="Example: python -m loadtests.bench.generator --users 50000 --sent 20000",
    )
    parser.add_argument("--users", type=int, default=50_000, help="Number of users to create (default: 50000).")
    parser.add_argument(
        "--sent", type=int, default=20_000, help="Number of users in the initial cycle (default: 20000)."
    )
    parser.add_argument("--lanes", type=int, default=16, help="Number of concurrent requests (default: 16).")
    options = parser.parse_args(arguments)
    progress = Progress()
    progress.passing(f"generating {options.users:,} users")
    began = time.perf_counter()
    with start_guarded([sys.executable, "-c", COMPANY.format(users=options.users)]) as process:
        code = process.wait()
    assert code == 0
    ready = time.perf_counter() - began
    with instant_target() as url:
        closed, opened = (_send(url, options.sent, options.lanes, rate, progress) for rate in (0.0, 2_000.0))
    progress.passing("")
    print(  # noqa: T201
        f"{machine_line()}\n\n| one generator process | result |\n| --- | ---: |\n"
        f"| {options.users:,} users generated, including the start of Python | {ready:.1f} s |\n"
        f"| {closed.requests:,} requests in a closed loop, to a target that responds immediately | {_told(closed)} |\n"
        f"| {opened.requests:,} requests at a rate of 2,000/s, to the same target | {_told(opened)} |"
    )
    return 0


def _send(url: str, users: int, lanes: int, rate: float, progress: Progress) -> Result:
    """Run an initial cycle like `scimulator load`, without reading the end state back."""
    with temporary_folder() as folder:
        path = folder / "result.json"
        settings = Settings(users=users, rate=rate)
        return run_locust(Connection(url, "token"), path, settings, Processes(lanes), progress.passing)


def _told(result: Result) -> str:
    return f"{result.requests / result.seconds:,.0f} requests/s with {result.generator_share:.0%} of a core"


if __name__ == "__main__":
    run_program(main)
