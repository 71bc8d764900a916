"""Third part of `make bench`: the sync. Measures full and scheduled syncs and their effect on requests."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3
import uvloop

from loadtests.bench.machine import machine_line
from loadtests.bench.population import fill, population
from loadtests.bench.progress import Progress
from loadtests.bench.raw_client import send_all
from loadtests.bench.server import Server
from reference_server.embedded import EmbeddedServer, embedded_server
from scimulator import run_program
from simulator.entra import requests
from simulator.mapping.attribute_mapping import AttributeChange

MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
CHANGES = 500


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.sync",
        description="Measure the sync of a given number of users.",
        epilog="Example: python -m loadtests.bench.sync --users 50000",
    )
    parser.add_argument("--users", type=int, default=50_000, help="Number of shadow users (default: 50000).")
    users = parser.parse_args(arguments).users
    if users < CHANGES:
        parser.error(f"--users: expected at least {CHANGES}")
    print(machine_line(), flush=True)  # noqa: T201
    progress = Progress()
    for line in _measure(users, progress):
        progress.passing("")
        print(line, flush=True)  # noqa: T201
    return 0


def _measure(users: int, progress: Progress) -> Iterator[str]:
    yield f"\n{users:,} shadow users\n\n| measurement | result |\n| --- | ---: |"
    with embedded_server(virtual_clock_start=MONDAY) as server:
        target = Server("reference server", server.base_url, server.token)
        progress.passing(f"generating {users:,} users")
        ids = uvloop.run(fill(target, population(users), progress.tell)).ids
        progress.passing("first full sync")
        seconds, run = _timed(lambda: _admin(server, "POST", f"{_connection(server)}/sync"))
        yield f"| first full sync, {run['created']:,} accounts | {seconds:.2f} s |"
        uvloop.run(_change(target, ids[:CHANGES], "Lead"))
        due = {"now": (MONDAY + timedelta(hours=1)).isoformat()}
        seconds, moved = _timed(lambda: _admin(server, "POST", f"{server.control_url}/clock", due))
        updated = sum(found["updated"] for found in moved["runs"])
        yield f"| scheduled sync, {updated:,} changes | {seconds * 1000:.0f} ms |"
        due = {"now": (MONDAY + timedelta(hours=2)).isoformat()}
        seconds, _ = _timed(lambda: _admin(server, "POST", f"{server.control_url}/clock", due))
        yield f"| four scheduled syncs without changes | {seconds * 1000:.1f} ms |"
        seconds, _ = _timed(lambda: _admin(server, "GET", f"{_connection(server)}/preview"))
        yield f"| preview without changes | {seconds * 1000:.1f} ms |"
    with embedded_server(virtual_clock_start=MONDAY) as server:
        target = Server("reference server", server.base_url, server.token)
        progress.passing(f"generating {users:,} users")
        ids = uvloop.run(fill(target, population(users), progress.tell)).ids
        progress.passing("GETs beside a full sync")
        alone, beside, seconds = uvloop.run(_beside(server, target, ids))
        yield f"| GET by id, p99, without a sync | {alone:.1f} ms |"
        yield f"| GET by id, p99, during a first full sync of {seconds:.1f} s | {beside:.1f} ms |"


async def _beside(server: EmbeddedServer, target: Server, ids: list[str]) -> tuple[float, float, float]:
    """Returns the p99 of GETs in ms, without and during a full sync, and the duration of that sync in seconds."""
    reads = [target.encode(requests.read_user(id_)) for id_ in ids[:5_000]]
    alone = await send_all(target.base_url, itertools.cycle(reads), connections=4, seconds=2)
    began = time.perf_counter()
    sync = asyncio.create_task(asyncio.to_thread(_admin, server, "POST", f"{_connection(server)}/sync"))
    latencies: list[float] = []
    while not sync.done():
        beside = await send_all(target.base_url, itertools.cycle(reads), connections=4, seconds=0.25)
        latencies += beside.latencies
    spent = time.perf_counter() - began
    beside.latencies = latencies
    return alone.latency_ms(99), beside.latency_ms(99), spent


async def _change(target: Server, ids: list[str], name: str) -> None:
    """Change the display names of users, which the sync must copy to their accounts."""
    changes = [
        requests.update_user(id_, [AttributeChange("displayName", f"{name} {number}", True)])
        for number, id_ in enumerate(ids)
    ]
    await send_all(target.base_url, iter([target.encode(change) for change in changes]))


def _admin(server: EmbeddedServer, method: str, url: str, body: Any = None) -> Any:
    token = server.control_token if url.startswith(str(server.control_url)) else server.admin_token
    headers = {"Authorization": f"Bearer {token}"}
    raw = None if body is None else json.dumps(body).encode()
    answer = urllib3.request(method, url, headers=headers, body=raw, timeout=120, retries=False)
    return answer.json()


def _connection(server: EmbeddedServer) -> str:
    return f"{server.admin_url}/connections/{server.base_url.rpartition('/')[2]}"


def _timed(action: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    run_program(main)
