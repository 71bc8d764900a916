"""Shows where the CPU time of a request goes: `python -m loadtests.bench.where`.

Sixteen connections send requests to a reference server that samples itself (`servers/sampled_server.py`). The table shows
microseconds of CPU time per request for each part of the server.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from loadtests.bench.machine import cpu_seconds, machine_line, run_on, two_cores
from loadtests.bench.operations import OPERATIONS, newcomers, supply
from loadtests.bench.population import created, fill, population, remove
from loadtests.bench.probes import trouble_with
from loadtests.bench.progress import Progress
from loadtests.bench.raw_client import send_all
from loadtests.bench.rounds import CONNECTIONS
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.bench.servers.sampled_server import OTHER, PARTS
from reference_server.embedded import ServerDidNotStart, stop
from reference_server.lifeline import start_guarded
from scimulator import run_program
from secrecy.temporary import temporary_folder

START_SECONDS = 60.0
ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table. Returns 0, or 3 for a server that cannot be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.where",
        description="Show where the CPU time of a request goes.",
        epilog="Example: python -m loadtests.bench.where --users 50000",
    )
    parser.add_argument("--users", type=int, default=50_000, help="Number of stored users (default: 50000).")
    parser.add_argument("--seconds", type=float, default=5.0, help="Seconds per operation (default: 5).")
    options = parser.parse_args(arguments)
    if options.users < 1 or options.seconds <= 0:
        parser.error("--users and --seconds: expected numbers above 0")
    try:
        with two_cores() as (server_core, client_core), temporary_folder() as home:
            run_on(server_core)
            with _sampled(home) as (server, pid, samples):
                run_on(client_core)
                found = uvloop.run(_measured(server, pid, samples, options.users, options.seconds))
    except (UnexpectedAnswer, ServerDidNotStart, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)  # noqa: T201
        return 3
    print(f"{machine_line()}\n{options.users:,} users, {CONNECTIONS} connections\n\n{table(found)}")  # noqa: T201
    return 0


def table(found: dict[str, dict[str, float]]) -> str:
    """The Markdown table of operation → part → microseconds per request."""
    lines = [f"| microseconds per request | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for part in dict.fromkeys([*PARTS.values(), OTHER]):
        lines.append(f"| {part} | {' | '.join(f'{held.get(part, 0):.1f}' for held in found.values())} |")
    lines.append(f"| together | {' | '.join(f'{sum(held.values()):.1f}' for held in found.values())} |")
    return "\n".join(lines)


async def _measured(server: Server, pid: int, samples: Path, users: int, seconds: float) -> dict[str, dict[str, float]]:
    progress = Progress()
    progress.passing(f"generating {users:,} users")
    stored = await fill(server, population(users), progress.tell)
    found: dict[str, dict[str, float]] = {}
    for operation in OPERATIONS:
        trouble = await trouble_with(operation, server, stored)
        if trouble:
            raise UnexpectedAnswer(f"{operation}: {trouble}")
        adds = operation == "POST"
        work = iter(newcomers(server, stored)) if adds else supply(operation, server, stored)
        progress.passing(f"measuring {operation}, {seconds:g} s")
        _counts(pid, samples)
        before = cpu_seconds(pid)
        sent = await send_all(server.base_url, work, connections=CONNECTIONS, seconds=seconds, keep_bodies=adds)
        each = (cpu_seconds(pid) - before) / len(sent.latencies) * 1e6
        counts = _counts(pid, samples)
        found[operation] = {part: each * count / counts.total() for part, count in counts.items()}
        if adds:
            await remove(server, [person["id"] for person in created(sent)])
    progress.passing("")
    return found


def _counts(pid: int, samples: Path) -> Counter[str]:
    """The samples since the last call."""
    samples.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    while not samples.exists():
        time.sleep(0.005)
    return Counter(json.loads(samples.read_text()))


@contextmanager
def _sampled(home: Path) -> Iterator[tuple[Server, int, Path]]:
    samples, ready = home / "samples.json", home / "ready.json"
    command = [
        sys.executable,
        "-m",
        "loadtests.bench.servers.sampled_server",
        str(samples),
        str(ready),
        str(home / "data"),
    ]
    with (home / "log").open("wb") as log, start_guarded(command, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ServerDidNotStart(
                        f"the server did not start: {(home / 'log').read_text(errors='replace')[-300:]}"
                    )
                time.sleep(0.02)
            facts = json.loads(ready.read_text())
            yield Server("reference server", facts["base_url"], facts["token"]), process.pid, samples
        finally:
            stop(process)


if __name__ == "__main__":
    run_program(main)
