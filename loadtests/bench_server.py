"""`make bench`: requests per second of a SCIM server beside a bare Starlette app, in the same run on the same core.

Machines are noisy, ratios less so: both servers run pinned to one core, the client to the other, and short rounds
alternate between them; the table shows medians. `--url` and `--token` measure any other server in place of ours.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import uvloop

from loadtests.bench_operations import OPERATIONS, Contender, UnexpectedAnswer, fill, measure, remove
from loadtests.raw_client import Round, TargetFailed
from reference_server.embedded import ServerDidNotStart, embedded_server, stop

DEFAULT_USERS = (1000,)
START_SECONDS = 10.0
BUSY_CLIENT = 0.9  # of a core: from here on the client may have been the limit, and the figure says "at least"


@dataclass(frozen=True, slots=True)
class Measured:
    """All rounds of one operation on one contender."""

    rounds: list[Round]

    @property
    def per_second(self) -> float:
        return statistics.median(found.requests_per_second for found in self.rounds)

    @property
    def p99_ms(self) -> float:
        return statistics.median(found.latency_ms(99) for found in self.rounds)

    @property
    def client_share(self) -> float:
        return statistics.median(found.client_share for found in self.rounds)


Figures = dict[tuple[str, str], Measured]  # (operation, contender) → what was measured


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; exit codes as of every command: 0, 2 for wrong usage, 3 for a target that cannot be measured."""
    options = _parse(arguments)
    print(machine_line(), flush=True)  # noqa: T201
    try:
        with _pinned() as (server_core, client_core), _bare(server_core) as bare:
            by_size: list[Figures] = []
            for users in options.users:
                with _target(options, server_core) as target:
                    _run_on(client_core)
                    figures = uvloop.run(_compare(bare, target, users, options))
                    print("\n" + markdown(figures, bare.name, target.name, users), flush=True)  # noqa: T201
                    by_size.append(figures)
            if len(by_size) > 1:
                print(growth(by_size[0], by_size[-1], bare.name, options.users))  # noqa: T201
    except (TargetFailed, UnexpectedAnswer, ServerDidNotStart, OSError) as error:
        print(f"bench_server: {error}", file=sys.stderr)  # noqa: T201
        return 3
    except KeyboardInterrupt:
        print("bench_server: interrupted, everything it started is stopped", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench_server",
        description=__doc__.partition("\n\n")[0] if __doc__ else "",
        epilog="Example: python -m loadtests.bench_server --users 1000 --users 50000",
    )
    parser.add_argument("--users", type=int, action="append", help="users stored; repeat for several (default 1000)")
    parser.add_argument("--operation", action="append", choices=OPERATIONS, help="only this one; repeat for several")
    parser.add_argument("--rounds", type=int, default=7, help="rounds per operation and server (default 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="longest time of a round (default 1)")
    parser.add_argument("--url", help="base URL of another server to measure instead of ours")
    parser.add_argument("--token", default=os.environ.get("SCIM_TOKEN"), help="its bearer token (or SCIM_TOKEN)")
    options = parser.parse_args(arguments)
    options.users = options.users or list(DEFAULT_USERS)
    options.operation = options.operation or list(OPERATIONS)
    if min(options.users) < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--users, --rounds and --seconds: expected numbers above 0")
    if options.url and not options.url.startswith(("http://", "https://")):
        parser.error(f'--url: expected http://host/path, got "{options.url}"')
    if options.url and not options.token:
        parser.error("--token: a target needs its bearer token (or SCIM_TOKEN in the environment)")
    return options


async def _compare(bare: Contender, target: Contender, users: int, options: argparse.Namespace) -> Figures:
    stored = await fill(target, users)
    found: dict[tuple[str, str], list[Round]] = {}
    try:
        for number in range(options.rounds + 1):
            for operation in options.operation:
                for contender in (bare, target):
                    measured = await measure(operation, contender, stored, options.seconds)
                    if number:  # the first round warms up
                        found.setdefault((operation, contender.name), []).append(measured)
            _tell(f"  {users} users stored: round {number} of {options.rounds}")
    finally:
        _tell("")
        if target.clean_up:
            await remove(target, stored.ids, stored.group_id)
    return {key: Measured(value) for key, value in found.items()}


def markdown(figures: Figures, bare: str, target: str, users: int) -> str:
    """The table for docs/performance.md."""
    lines = [
        f"{users:,} users stored, 16 connections, median of {len(next(iter(figures.values())).rounds)} rounds",
        "",
        f"| operation | {bare} /s | {target} /s | ratio | {target} p99 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for operation in dict.fromkeys(operation for operation, _ in figures):
        base, ours = figures[operation, bare], figures[operation, target]
        ratio = ours.per_second / base.per_second if base.per_second else 0.0
        cells = [operation, _rate(base), _rate(ours), f"{ratio:.0%}", f"{ours.p99_ms:.1f} ms"]
        lines.append(f"| {' | '.join(cells)} |")
    if any(measured.client_share >= BUSY_CLIENT for measured in figures.values()):
        lines += [
            "",
            "≥: the client used its whole core, the server may be faster; a ratio to such a figure is an upper bound.",
        ]
    return "\n".join(lines)


def growth(small: Figures, large: Figures, bare: str, users: list[int]) -> str:
    """How much dearer each request is at the last size than at the first, the bare app as the measure of the machine."""
    lines = ["", f"| operation | cost at {users[-1]:,} users, of that at {users[0]:,} |", "| --- | ---: |"]
    for (operation, name), measured in large.items():
        if name != bare:
            here = measured.per_second / large[operation, bare].per_second
            before = small[operation, name].per_second / small[operation, bare].per_second
            lines.append(f"| {operation} | {before / here:.2f} |")
    return "\n".join(lines)


def machine_line() -> str:
    """What was measured on: processor, cores, versions."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    stack = ", ".join(f"{name} {version(name)}" for name in ("starlette", "uvicorn", "uvloop", "httptools", "orjson"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {stack}"


def _rate(measured: Measured) -> str:
    return f"{'≥ ' if measured.client_share >= BUSY_CLIENT else ''}{measured.per_second:,.0f}"


@contextmanager
def _pinned() -> Iterator[tuple[set[int], set[int]]]:
    """Cores of server and client: one each where the system lets us choose and has two."""
    if not hasattr(os, "sched_setaffinity"):
        yield set(), set()
        return
    all_cores = os.sched_getaffinity(0)
    first, *others = sorted(all_cores)
    try:
        yield ({first}, {others[0]}) if others else ({first}, {first})
    finally:
        os.sched_setaffinity(0, all_cores)


def _run_on(cores: set[int]) -> None:
    """Pin this process, and with it every child that it starts from now on."""
    if cores:
        os.sched_setaffinity(0, cores)


@contextmanager
def _bare(cores: set[int]) -> Iterator[Contender]:
    """The yardstick in a process of its own, on a port that is bound before it starts: no race, no waiting."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        _run_on(cores)
        process = subprocess.Popen(
            [sys.executable, "-m", "loadtests.bare_app", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )
        try:
            yield Contender("bare Starlette", f"http://127.0.0.1:{listener.getsockname()[1]}", "", bare=True)
        finally:
            stop(process)


@contextmanager
def _target(options: argparse.Namespace, cores: set[int]) -> Iterator[Contender]:
    if options.url:
        yield Contender("target", options.url.rstrip("/"), options.token, clean_up=True)
        return
    _run_on(cores)
    with embedded_server() as server:
        yield Contender("reference server", server.base_url, server.token)


def _tell(line: str) -> None:
    """Progress, on a terminal only: the table is what one keeps."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line:<60}" if line else "\r" + " " * 60 + "\r")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
