"""First part of `make bench`: compares the reference server with other SCIM servers and a bare Starlette app.

Ratios are more reliable than absolute rates on a noisy machine. Therefore all servers are pinned to one core and the client to
another, and short rounds alternate between the servers. `--url` and `--token` measure another server instead.
"""

from __future__ import annotations

import argparse
import os
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import uvloop

from loadtests.bench.contestants import CONTESTANTS, YARDSTICK, Contestant, somebody_elses
from loadtests.bench.machine import machine_line, run_on, two_cores
from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import Population, Stored, fill, members_of, population, remove
from loadtests.bench.progress import Plan, Progress, Tell
from loadtests.bench.raw_client import TargetFailed
from loadtests.bench.rounds import Figures, compare, seconds_of
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.bench.servers.node_packages import NotInstalled
from loadtests.bench.tables import NoPlace, check_place, growth, latencies, rates, write_between_markers
from reference_server.embedded import ServerDidNotStart
from scimulator import run_program
from secrecy.temporary import temporary_folder
from simulator.wire.urls import TOKEN_MISSING, BadUrl, http_url

USERS_PER_SECOND = 1_500.0  # that single POSTs create on an idle machine
DEFAULT_USERS = (1_000, 50_000)
NAMES = tuple(contestant.name for contestant in CONTESTANTS)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns 0, 2 for wrong usage, or 3 for a server that cannot be measured."""
    options = parse(arguments)
    progress = Progress()
    parts = []
    try:
        for part in _report(options, progress):
            print(part + "\n", flush=True)  # noqa: T201
            parts.append(part)
        if options.write:
            write_between_markers(options.write, "\n\n".join(parts))
    except (TargetFailed, UnexpectedAnswer, ServerDidNotStart, NoPlace, OSError) as error:
        progress.line(f"bench: {error}")
        return 3
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.side_by_side",
        description=__doc__.partition("\n\n")[0] if __doc__ else "",
        epilog="Example: python -m loadtests.bench.side_by_side --write docs/performance.md",
    )
    parser.add_argument(
        "--users", type=int, action="append", help="Number of stored users. Repeatable (default: 1000 and 50000)."
    )
    parser.add_argument(
        "--operation", action="append", choices=OPERATIONS, help="Measure only this operation. Repeatable."
    )
    parser.add_argument("--server", action="append", choices=NAMES, help="Measure only this server. Repeatable.")
    parser.add_argument("--rounds", type=int, default=5, help="Rounds per operation and server (default: 5).")
    parser.add_argument("--seconds", type=float, default=1.0, help="Duration of a round in seconds (default: 1).")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="Also write the tables between the markers in this file."
    )
    parser.add_argument("--url", help="Base URL of another server to measure instead.")
    parser.add_argument(
        "--token", default=os.environ.get("SCIM_TOKEN"), help="Bearer token of that server (or SCIM_TOKEN)."
    )
    options = parser.parse_args(arguments)
    options.users = options.users or list(DEFAULT_USERS)
    options.operation = options.operation or list(OPERATIONS)
    if min(options.users) < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--users, --rounds, and --seconds: expected numbers above 0")
    try:
        if options.url:
            http_url(options.url)
    except BadUrl:
        parser.error(f'--url: expected http://host/path, got "{options.url}"')
    if options.url and not options.token:
        parser.error(f"--token: {TOKEN_MISSING}")
    try:
        if options.write:
            check_place(options.write)
    except NoPlace as error:
        parser.error(f"--write: {error}")
    return options


def _report(options: argparse.Namespace, progress: Progress) -> Iterator[str]:
    """Yields the parts of the Markdown report, each as soon as it has been measured."""
    rows = [row for row in CONTESTANTS if not options.server or row.name in options.server]
    if options.url:
        rows = [somebody_elses(options.url, options.token)]
    by_size: list[Figures] = []
    with two_cores() as (server_core, client_core):
        plan = planned(len(rows), options)
        for number, users in enumerate(options.users):
            tellers = [plan.teller(2 * number + part, progress.passing) for part in (0, 1)]
            found = Measuring([YARDSTICK, *rows], users, options, progress, tellers)
            by_size.append(found.measure(server_core, client_core))
            if len(by_size) == 1:
                yield found.caption()
            count = f"{users:,} users, a group of {members_of(users):,} members"
            yield f"### {count}\n\n{rates(by_size[-1])}\n\n{latencies(by_size[-1])}"
        if len(by_size) > 1:
            yield f"### Growth\n\n{growth(by_size[0], by_size[-1], options.users)}"


def planned(servers: int, options: argparse.Namespace) -> Plan:
    """Two parts for each size: to fill the servers, and to measure."""
    measuring = seconds_of(1 + servers, len(options.operation), options.rounds, options.seconds)
    parts: list[tuple[str, float]] = []
    for users in options.users:
        parts += [(f"{users:,} users", servers * users / USERS_PER_SECOND), (f"{users:,} users", measuring)]
    return Plan(parts)


class Measuring:
    """The measurement at one size. `tellers` show the progress of filling and of measuring."""

    def __init__(
        self,
        rows: list[Contestant],
        users: int,
        options: argparse.Namespace,
        progress: Progress,
        tellers: list[Tell],
    ) -> None:
        self.rows, self.users, self.options, self.progress = rows, users, options, progress
        self.fill, self.measuring = tellers
        self.absent: dict[str, str] = {}

    def measure(self, server_core: set[int], client_core: set[int]) -> Figures:
        """Start all servers on their core and measure from the other core. `main` handles the exceptions."""
        wanted = population(self.users)
        with ExitStack() as stack:
            resources = stack.enter_context(temporary_folder()) / "resources.jsonl"
            wanted.write(resources)
            run_on(server_core)
            servers = [server for row in self.rows if (server := self._start(row, resources, stack))]
            run_on(client_core)
            return uvloop.run(self._compare(servers, wanted))

    def _start(self, row: Contestant, resources: Path, stack: ExitStack) -> Server | None:
        self.progress.line(f"{self.users:,} users: starting {row.name}")
        try:
            return stack.enter_context(row.start(row.name, resources))
        except NotInstalled as reason:
            self.absent[row.name] = str(reason)
            self.progress.line(f"{row.name} is not measured: {reason}")
            return None

    async def _compare(self, servers: list[Server], wanted: Population) -> Figures:
        entrants: list[tuple[Server, Stored]] = []
        try:
            for number, server in enumerate(servers):
                if not server.bare and not server.preloaded:
                    self.progress.line(f"{self.users:,} users: filling {server.name}")
                entrants.append((server, await fill(server, wanted, self._teller(number / len(servers)))))
            self.progress.line(f"{self.users:,} users: measuring")
            options = self.options
            return await compare(entrants, options.operation, options.rounds, options.seconds, self.measuring)
        finally:
            self.progress.passing("")
            for server, stored in entrants:
                if server.clean_up:
                    await remove(server, stored.ids, stored.group_id)

    def _teller(self, before: float) -> Tell:
        """The progress of one server, before which this share of all was filled."""
        return lambda text, done: self.fill(text, before + done / len(self.rows))

    def caption(self) -> str:
        """A description of the machine, the measurement, and each server."""
        present = [row for row in self.rows if row.name not in self.absent]
        machine = ", ".join([machine_line(), *filter(None, (row.versions() for row in present))])
        how = (
            f"{time.strftime('%Y-%m-%d')}: {self.options.rounds} rounds of {self.options.seconds:g} s, 16 connections."
        )
        about = [f"- **{row.name}**: {self.absent.get(row.name) or row.about}." for row in self.rows]
        lines = [how, machine, *about]
        return "\n".join(
            textwrap.fill(line, 125, subsequent_indent="  " if line.startswith("-") else "", break_on_hyphens=False)
            + ("" if line in about[:-1] else "\n")
            for line in lines
        ).rstrip()


if __name__ == "__main__":
    run_program(main)
