"""Second part of `make bench`: scale. Measures start, restart, memory, and unindexed filters with concurrent requests."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import uvloop

from loadtests.bench.machine import machine_line, resident
from loadtests.bench.population import Stored, fill, population
from loadtests.bench.progress import Progress
from loadtests.bench.raw_client import send_all
from loadtests.bench.server import Server
from reference_server.embedded import EmbeddedServer, embedded_server
from scimulator import run_program
from secrecy.temporary import temporary_folder
from simulator.entra import requests
from simulator.provisioning.request import Request

TOKEN = "scim_tok_bench_bench_bench_bench"
SCANS = 20


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Requires Linux, because it reads memory use from /proc."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.scale",
        description="Measure start, restart, memory, and unindexed filters with a given number of users.",
        epilog="Example: python -m loadtests.bench.scale --users 50000",
    )
    parser.add_argument("--users", type=int, default=50_000, help="Number of stored users (default: 50000).")
    users = parser.parse_args(arguments).users
    if users < 1:
        parser.error("--users: expected a number above 0")
    print(machine_line(), flush=True)  # noqa: T201
    with temporary_folder() as home:
        progress = Progress()
        for line in _measure(home / "data", users, progress):
            progress.passing("")
            print(line, flush=True)  # noqa: T201
    return 0


def _measure(data: Path, users: int, progress: Progress) -> Iterator[str]:
    yield f"\n{users:,} stored users\n\n| measurement | result |\n| --- | ---: |"
    began = time.perf_counter()
    with embedded_server(data=data, arguments=["--token", TOKEN]) as server:
        yield f"| cold start with an empty folder | {time.perf_counter() - began:.2f} s |"
        target, empty = _target(server), resident(server.pid)
        progress.passing(f"generating {users:,} users")
        began = time.perf_counter()
        stored = uvloop.run(fill(target, population(users), progress.tell))
        spent = time.perf_counter() - began
        yield f"| creating the users by POST, 16 connections | {spent:.1f} s, {users / spent:,.0f} users/s |"
        yield f"| memory per user, beyond that of an empty process | {(resident(server.pid) - empty) / users / 1024:.1f} KB |"
        progress.passing("measuring filters without an index, and GETs beside them")
        scans, alone, beside = uvloop.run(_scan(target, stored))
        yield f"| filter without an index (`title co`), median of {SCANS} | {scans:.0f} ms |"
        yield f"| GET by id, p99, without other requests | {alone:.1f} ms |"
        yield f"| GET by id, p99, during such filters | {beside:.1f} ms |"
    size = sum(path.stat().st_size for path in data.iterdir() if path.is_file())
    progress.passing("restarting the server")
    began = time.perf_counter()
    with embedded_server(data=data, arguments=["--token", TOKEN]) as server:
        yield f"| restart with a folder of {size / 1e6:.0f} MB | {time.perf_counter() - began:.2f} s |"
        yield f"| memory per user after the restart | {(resident(server.pid) - empty) / users / 1024:.1f} KB |"


async def _scan(target: Server, stored: Stored) -> tuple[float, float, float]:
    """The median of a scan and the p99 of GETs without and during scans, in milliseconds."""
    reads = [target.encode(requests.read_user(id_)) for id_ in stored.ids[:5_000]]
    query = "/Users?filter=" + quote('title co "no such title"')
    scan = target.encode(Request("GET", query, None, "scan"))
    alone = await send_all(target.base_url, itertools.cycle(reads), connections=4, seconds=2)
    scans = asyncio.create_task(send_all(target.base_url, iter([scan] * SCANS), connections=1))
    seconds: list[float] = []
    while not scans.done():
        beside = await send_all(target.base_url, itertools.cycle(reads), connections=4, seconds=0.25)
        seconds += beside.latencies
    solo = await send_all(target.base_url, iter([scan] * SCANS), connections=1)
    beside.latencies = seconds
    return solo.latency_ms(50), alone.latency_ms(99), beside.latency_ms(99)


def _target(server: EmbeddedServer) -> Server:
    return Server("reference server", server.base_url, server.token)


if __name__ == "__main__":
    run_program(main)
