"""Measures the reference server on PostgreSQL: the same operations at several sizes, and full syncs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack

import urllib3
import uvloop

from loadtests.bench.machine import machine_line, resident
from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import NEWCOMERS, SEED
from loadtests.bench.progress import Progress
from loadtests.bench.raw_client import TargetFailed
from loadtests.bench.rounds import Figures, compare, seconds_of
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.bench.servers.node_packages import NotInstalled
from loadtests.bench.servers.postgresql import postgres_server
from loadtests.bench.town import Town, growing
from reference_server.embedded import EmbeddedServer, ServerDidNotStart, embedded_server
from scimulator import run_program
from simulator.company.people import Company

MEASURED = [
    name for name in OPERATIONS if name != "PATCH one member"
]  # its group would have to grow with the number of users


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns 3 if there is no PostgreSQL or the server cannot be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.database",
        description=__doc__,
        epilog="Example: python -m loadtests.bench.database --users 50000 --users 500000",
    )
    parser.add_argument(
        "--users",
        type=int,
        action="append",
        help="Number of stored users. Repeatable, ascending (default: 50000 and 500000).",
    )
    parser.add_argument("--rounds", type=int, default=5, help="Rounds per operation (default: 5).")
    parser.add_argument("--seconds", type=float, default=1.0, help="Duration of a round in seconds (default: 1).")
    options = parser.parse_args(arguments)
    sizes = options.users or [50_000, 500_000]
    if sizes != sorted(set(sizes)) or sizes[0] < 2 or options.rounds < 1 or options.seconds <= 0:
        parser.error(
            "--users: expected ascending numbers of at least 2; --rounds and --seconds: expected numbers above 0"
        )
    progress = Progress()
    try:
        for line in _measure(sizes, options.rounds, options.seconds, progress):
            print(line, flush=True)  # noqa: T201
    except (NotInstalled, ServerDidNotStart, TargetFailed, UnexpectedAnswer) as error:
        progress.line(f"bench: {error}")
        return 3
    return 0


def _measure(sizes: list[int], rounds: int, seconds: float, progress: Progress) -> Iterator[str]:
    yield machine_line()
    company = Company(SEED, sizes[-1] + NEWCOMERS)
    found: list[Figures] = []
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server(fsync=True))
        url = database.new_database()
        server = stack.enter_context(embedded_server(data=url))
        target = Server("on PostgreSQL", server.base_url, server.token)
        town = Town(company, target)
        plan = growing(sizes, seconds_of(1, len(MEASURED), rounds, seconds))
        for number, size in enumerate(sizes):
            began, before = time.perf_counter(), town.size
            progress.line(f"{size:,} users: filling; {plan.left(2 * number)}")
            uvloop.run(town.grow(size, plan.teller(2 * number, progress.passing)))
            spent = time.perf_counter() - began
            progress.line(f"{size:,} users: {size - before:,} created by bulk requests in {spent:.0f} s; measuring")
            tell = plan.teller(2 * number + 1, progress.passing)
            found.append(uvloop.run(compare([(target, town.stored())], MEASURED, rounds, seconds, tell)))
        progress.line("full syncs")
        yield "\n" + _table(sizes, found)
        spent, accounts = _sync(server)
        yield f"| first full sync, {accounts:,} accounts | {spent:.1f} s |"
        spent, _ = _sync(server)
        yield f"| full sync without changes | {spent:.2f} s |"
        (disk,) = database.query(url, "SELECT pg_database_size(current_database())")
        yield f"| disk space per user, with account and audit events | {int(disk) / accounts / 1024:.1f} KB |"
        yield f"| memory of the server process at the end | {resident(server.pid) / 1e6:.0f} MB |"


def _table(sizes: list[int], found: list[Figures]) -> str:
    """The table of requests per second by operation and size, and the cost at the last size relative to the first."""
    heads = [f"at {size:,} users, requests/s" for size in sizes]
    lines = [
        f"| operation | {' | '.join(heads)} | cost, last relative to first |",
        f"| --- |{' ---: |' * (len(sizes) + 1)}",
    ]
    for key in found[0]:
        trouble = next((figures[key].trouble for figures in found if figures[key].trouble), None)
        if trouble:
            raise UnexpectedAnswer(f"{key[0]}: {trouble}")
        rates = [figures[key].per_second for figures in found]
        lines.append(f"| {key[0]} | {' | '.join(f'{rate:,.0f}' for rate in rates)} | {rates[0] / rates[-1]:.2f} × |")
    return "\n".join(lines)


def _sync(server: EmbeddedServer) -> tuple[float, int]:
    """Start a sync manually. Returns its duration in seconds and the number of created accounts."""
    url = f"{server.admin_url}/connections/{server.base_url.rpartition('/')[2]}/sync"
    headers = {"Authorization": f"Bearer {server.admin_token}"}
    began = time.perf_counter()
    run = urllib3.request("POST", url, headers=headers, timeout=1_200, retries=False).json()
    return time.perf_counter() - began, int(run["created"])


if __name__ == "__main__":
    run_program(main)
