"""Fourth part of `make bench`: requests with many members (`python -m loadtests.bench.large_group`).

The table shows the CPU time of the reference server per request, beside the time that the JSON alone takes on the same core
in the same minute.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from statistics import median

import orjson
import uvloop

from loadtests.bench.machine import cpu_seconds, machine_line, run_on, two_cores
from loadtests.bench.operations import AS_IN_THE_RFC
from loadtests.bench.population import Stored, fill, members_of, population
from loadtests.bench.progress import Progress
from loadtests.bench.raw_client import TargetFailed, send_all
from loadtests.bench.server import Server, UnexpectedAnswer
from reference_server.embedded import ServerDidNotStart, embedded_server
from scimulator import run_program
from simulator.entra import requests
from simulator.provisioning.request import Request

CHANGED = 1_000  # members that one PATCH adds or removes
ROUNDS = 5


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table. Returns 0, or 3 for a server that cannot be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.large_group",
        description="Measure reading a large group, and PATCH requests that add and remove up to 1,000 members.",
        epilog="Example: python -m loadtests.bench.large_group --users 50000",
    )
    parser.add_argument(
        "--users", type=int, default=50_000, help="Number of stored users; a fifth are members (default: 50000)."
    )
    users = parser.parse_args(arguments).users
    if users < 10:
        parser.error("--users: expected at least 10")
    try:
        rows = list(_measured(users, Progress()))
    except (TargetFailed, UnexpectedAnswer, ServerDidNotStart, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)  # noqa: T201
        return 3
    lines = [f"{machine_line()}\n{users:,} users, medians of {ROUNDS} rounds", ""]
    lines += ["| CPU time per request | server | JSON alone | server / JSON |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {name} | {spent * 1e3:.2f} ms | {json * 1e3:.2f} ms | {spent / json:.1f} × |" for name, spent, json in rows
    ]
    print("\n".join(lines))  # noqa: T201
    return 0


def _measured(users: int, progress: Progress) -> Iterator[tuple[str, float, float]]:
    with two_cores() as (server_core, client_core):
        run_on(server_core)
        with embedded_server() as started:
            run_on(client_core)
            server = Server("reference server", started.base_url, started.token)
            progress.passing(f"generating {users:,} users")
            stored = uvloop.run(fill(server, population(users), progress.tell))
            progress.passing("measuring")
            run_on(server_core)  # JSON is measured on the core of the server, which waits meanwhile
            yield from _operations(server, started.pid, stored)
            progress.passing("")


def _operations(server: Server, pid: int, stored: Stored) -> Iterator[tuple[str, float, float]]:
    """(name of the operation, CPU seconds of the server, seconds for its JSON)."""

    def send(request: Request, times: int) -> float:
        before = cpu_seconds(pid)
        encoded = server.encode(request)
        found = uvloop.run(send_all(server.base_url, repeat(encoded, times), connections=1))
        if found.statuses.keys() - {200, 204}:
            raise UnexpectedAnswer(f"{request.method} returned {dict(found.statuses)}, expected 200 or 204")
        return (cpu_seconds(pid) - before) / times

    members = stored.ids[-members_of(len(stored.ids)) :]
    read = Request("GET", f"/Groups/{stored.group_id}", None, "read group")
    _, group = uvloop.run(server.ask(read))
    send(read, 5)
    spent = median([send(read, 20) for _ in range(ROUNDS)])
    yield f"GET of a group with {len(members):,} members", spent, _seconds(lambda: orjson.dumps(group))
    some = members[:CHANGED]
    come = requests.add_members(stored.group_id, some)
    leave = requests.remove_members(stored.group_id, some)
    one_by_one = requests.remove_members(stored.group_id, some, AS_IN_THE_RFC)
    spent_on = [[send(request, 1) for request in (leave, come, one_by_one, come)] for _ in range(3 * ROUNDS)]
    leaves, comes, ones, _ = map(median, zip(*spent_on, strict=True))
    yield f"PATCH that adds {len(some):,} members in one operation", comes, _json(come.body)
    yield f"PATCH that removes {len(some):,} members in one operation", leaves, _json(leave.body)
    yield f"PATCH that removes {len(some):,} members in one operation for each", ones, _json(one_by_one.body)


def _json(body: object) -> float:
    """Seconds for reading a body and writing it again."""
    raw = orjson.dumps(body)
    return _seconds(lambda: orjson.dumps(orjson.loads(raw)))


def _seconds(act: Callable[[], object]) -> float:
    """The median of many."""
    spent = []
    for _ in range(99):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return median(spent)


if __name__ == "__main__":
    run_program(main)
