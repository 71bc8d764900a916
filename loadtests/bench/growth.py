"""Measures how the cost of each operation grows with the number of users, and draws it: `python -m loadtests.bench.growth`.

One server grows from size to size. At each size, it is measured beside a bare Starlette app in alternating rounds. The cost of
an operation is the rate of the bare app divided by the rate of the server, relative to the first size, so that a machine that
is slower at one size than at another does not distort it.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import uvloop

from loadtests.bench.contestants import CONTESTANTS, YARDSTICK
from loadtests.bench.machine import run_on, two_cores
from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import NEWCOMERS, SEED
from loadtests.bench.progress import Progress, Tell
from loadtests.bench.raw_client import TargetFailed
from loadtests.bench.rounds import Figures, compare, seconds_of
from loadtests.bench.server import Server, UnexpectedAnswer
from loadtests.bench.servers.node_packages import NotInstalled
from loadtests.bench.town import Town, growing
from reference_server.embedded import ServerDidNotStart
from scimulator import run_program
from simulator.company.people import Company
from simulator.report.charts import Line, chart_file

GROWING = ("reference server", "on PostgreSQL", "on PostgreSQL, 2 processes")
DEFAULT_USERS = (1_000, 10_000, 50_000, 100_000, 200_000)
# Those that are filled by requests: the others load their users at the start.
SERVERS = {contestant.name: contestant for contestant in CONTESTANTS if contestant.name in GROWING}


@dataclass(frozen=True, slots=True)
class Cost:
    """One operation at one size: the rates of the server and of the bare app, and the cost relative to the first size."""

    server: str
    operation: str
    users: int
    per_second: float
    bare_per_second: float
    relative_cost: float


def main(arguments: list[str] | None = None) -> int:
    """Measure, and write FILE.csv and FILE.svg. Returns 0, or 3 for a server that cannot be measured."""
    options = _parse(arguments)
    progress = Progress()
    costs: list[Cost] = []
    try:
        for cost in _measured(options, progress):
            costs.append(cost)
            if cost.operation == options.operation[-1]:
                _write(costs, options.output)  # after each size, because the next one can take long or fail
    except (TargetFailed, UnexpectedAnswer, ServerDidNotStart, NotInstalled, OSError) as error:
        progress.line(f"bench: {error}")
        return 3
    return 0


def _write(costs: list[Cost], output: Path) -> None:
    with output.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Cost)], lineterminator="\n")
        table.writeheader()
        table.writerows(_rounded(cost) for cost in costs)
    output.with_suffix(".svg").write_text(drawn(costs), "utf-8")


def drawn(costs: list[Cost]) -> str:
    """The chart as an SVG file: a line for each operation."""
    points: dict[str, list[tuple[float, float]]] = {}
    for cost in costs:
        points.setdefault(cost.operation, []).append((cost.users, cost.relative_cost))
    lines = [Line(operation, held) for operation, held in points.items()]
    return chart_file(lines, x="users", y=f"cost of a request relative to {costs[0].users:,} users")


def _measured(options: argparse.Namespace, progress: Progress) -> Iterator[Cost]:
    first: dict[str, float] = {}
    contestant = SERVERS[options.server]
    with two_cores() as (server_core, client_core), ExitStack() as stack:
        run_on(server_core)
        bare, server = (stack.enter_context(row.start(row.name, Path())) for row in (YARDSTICK, contestant))
        run_on(client_core)
        town = Town(Company(SEED, options.users[-1] + NEWCOMERS), server)
        plan = growing(options.users, seconds_of(2, len(options.operation), options.rounds, options.seconds))
        for number, users in enumerate(options.users):
            progress.line(f"{users:,} users: filling {server.name}, then measuring; {plan.left(2 * number)}")
            fill, measure = (plan.teller(2 * number + part, progress.passing) for part in (0, 1))
            figures = uvloop.run(_figures(town, users, [bare, server], options, fill, measure))
            progress.passing("")
            for operation in options.operation:
                yield _cost(figures, operation, options.server, users, first)


async def _figures(
    town: Town, users: int, servers: list[Server], options: argparse.Namespace, fill: Tell, measure: Tell
) -> Figures:
    await town.grow(users, fill)
    await town.regroup()
    stored = town.stored()
    return await compare(
        [(server, stored) for server in servers], options.operation, options.rounds, options.seconds, measure
    )


def _cost(figures: Figures, operation: str, server: str, users: int, first: dict[str, float]) -> Cost:
    found, bare = figures[operation, server], figures[operation, YARDSTICK.name]
    if found.trouble:
        raise UnexpectedAnswer(f"{operation} with {users:,} users: {found.trouble}")
    cost = bare.per_second / found.per_second
    return Cost(server, operation, users, found.per_second, bare.per_second, cost / first.setdefault(operation, cost))


def _rounded(cost: Cost) -> dict[str, object]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(cost).items()}


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench.growth",
        description="Measure how the cost of each operation grows with the number of users, and draw it.",
        epilog="Example: python -m loadtests.bench.growth --users 1000 --users 200000 --output docs/images/growth",
    )
    shown = ", ".join(map(str, DEFAULT_USERS))
    parser.add_argument(
        "--users", type=int, action="append", help=f"Number of stored users. Repeatable (default: {shown})."
    )
    parser.add_argument(
        "--operation", action="append", choices=OPERATIONS, help="Measure only this operation. Repeatable."
    )
    parser.add_argument("--server", choices=SERVERS, default="reference server", help="Measure this server.")
    parser.add_argument("--rounds", type=int, default=5, help="Rounds per operation and size (default: 5).")
    parser.add_argument("--seconds", type=float, default=1.0, help="Duration of a round in seconds (default: 1).")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("growth"),
        metavar="FILE",
        help="Write FILE.csv and FILE.svg (default: growth).",
    )
    options = parser.parse_args(arguments)
    options.users = sorted(set(options.users or DEFAULT_USERS))
    options.operation = options.operation or list(OPERATIONS)
    if options.users[0] < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--users, --rounds, and --seconds: expected numbers above 0")
    return options


if __name__ == "__main__":
    run_program(main)
