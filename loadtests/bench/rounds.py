"""Measures in short rounds that alternate between the servers and operations."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from loadtests.bench.operations import newcomers, supply
from loadtests.bench.population import Stored, created, remove
from loadtests.bench.probes import trouble_with
from loadtests.bench.progress import Tell
from loadtests.bench.raw_client import Round, TargetFailed, send_all
from loadtests.bench.server import Server, UnexpectedAnswer

CONNECTIONS = 16
SLOW_SECONDS = (
    0.25  # for one response; a slower server gets no concurrent requests, which would queue beyond the end of the round
)
BUSY_CLIENT = (
    0.9  # share of a core; from here on, the client may have been the bottleneck, and the figure is a lower bound
)


@dataclass(slots=True)
class Figure:
    """The rounds of one operation at one server, or in `trouble` the reason why it was not measured."""

    rates: list[float] = field(default_factory=list)  # requests per second of each round
    client_shares: list[float] = field(default_factory=list)
    latencies: array[float] = field(default_factory=lambda: array("d"))  # seconds
    trouble: str | None = None
    one_by_one: bool = False  # measured over a single connection
    spent: float = 0.0  # seconds

    def add(self, found: Round) -> None:
        self.rates.append(found.requests_per_second)
        self.client_shares.append(found.client_share)
        self.latencies.extend(found.latencies)
        self.spent += found.seconds

    @property
    def per_second(self) -> float:
        return statistics.median(self.rates) if self.rates else 0.0

    @property
    def client_was_busy(self) -> bool:
        return bool(self.client_shares) and statistics.median(self.client_shares) >= BUSY_CLIENT

    def latencies_ms(self, *percentiles: float) -> list[float]:
        """The latency percentiles over all requests in milliseconds."""
        ordered = sorted(self.latencies)
        last = len(ordered) - 1
        return [ordered[min(last, int(len(ordered) * percentile / 100))] * 1000 for percentile in percentiles]


Figures = dict[tuple[str, str], Figure]  # (operation, name of the server) → what was measured


@dataclass(slots=True)
class Course:
    """One operation at one server, and its remaining requests."""

    operation: str
    server: Server
    stored: Stored
    figure: Figure = field(default_factory=Figure)
    requests: Iterator[bytes] | None = None

    async def prepare(self) -> None:
        """Check one response, then prepare the requests."""
        self.figure.trouble = await trouble_with(self.operation, self.server, self.stored)
        if not self.figure.trouble and not self.adds:
            self.requests = supply(self.operation, self.server, self.stored)

    @property
    def adds(self) -> bool:
        return self.operation == "POST" and not self.server.bare

    async def warm_up(self, seconds: float) -> None:
        """Send one request after the other. A server that is slow here is measured only in this way."""
        found = await self._try(seconds, 1)
        if found and found.latency_ms(50) > SLOW_SECONDS * 1000:
            self.figure.one_by_one = True
            self.figure.add(found)

    async def run(self, seconds: float) -> None:
        """Run one round. An error ends the measurement of this operation."""
        found = await self._try(seconds, 1 if self.figure.one_by_one else CONNECTIONS)
        if found:
            self.figure.add(found)

    async def _try(self, seconds: float, connections: int) -> Round | None:
        try:
            return await self._round(seconds, connections)
        except (TargetFailed, UnexpectedAnswer, OSError) as error:
            self.figure.trouble = f"failed: {error}"
            return None

    async def _round(self, seconds: float, connections: int) -> Round:
        """Run one round. Users that POST created are deleted outside of the measured time."""
        work = iter(newcomers(self.server, self.stored)) if self.requests is None else self.requests
        found = await send_all(
            self.server.base_url, work, connections=connections, seconds=seconds, keep_bodies=self.adds
        )
        right = {200, 201} if self.server.bare else {201} if self.adds else {200, 204}
        wrong = {status: count for status, count in found.statuses.items() if status not in right}
        if wrong:
            told = ", ".join(f"{count:,} × {status}" for status, count in sorted(wrong.items()))
            raise UnexpectedAnswer(f"{told} of {found.statuses.total():,}")
        if self.adds:
            await remove(self.server, [person["id"] for person in created(found)])
            found.bodies.clear()
        return found


async def compare(
    entrants: list[tuple[Server, Stored]], operations: list[str], rounds: int, seconds: float, tell: Tell
) -> Figures:
    """Measure every operation at every server. Slow servers get fewer rounds, because their rounds take longer."""
    courses = [Course(operation, *entrant) for operation in operations for entrant in entrants]
    for course in courses:
        tell(f"checking a response of {course.server.name}, {course.operation}", 0.0)
        await course.prepare()
    for number in range(rounds + 1):
        for place, course in enumerate(courses):
            if course.figure.trouble or course.figure.spent >= rounds * seconds:
                continue
            shown = f"round {number} of {rounds}" if number else "warming up"
            done = (number + place / len(courses)) / (rounds + 1)
            tell(f"{shown}, {course.operation}, {course.server.name}", done)
            await (course.run(seconds) if number else course.warm_up(seconds))
    return {(course.operation, course.server.name): course.figure for course in courses}


def seconds_of(servers: int, operations: int, rounds: int, seconds: float) -> float:
    """How long `compare` should take."""
    return servers * operations * (rounds + 1) * seconds


def each_operation(figures: Figures) -> list[str]:
    """The measured operations, in order."""
    return list(dict.fromkeys(operation for operation, _ in figures))


def each_server(figures: Figures) -> list[str]:
    """The measured servers, in order."""
    return list(dict.fromkeys(name for _, name in figures))
