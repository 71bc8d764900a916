"""Rounds: each operation is measured and leaves the data as it was; errors and slow servers end a measurement early."""

from __future__ import annotations

import asyncio
import re

import pytest

from loadtests.bench import rounds
from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import Population, Stored, fill, population
from loadtests.bench.rounds import Figure, Figures, compare, each_operation, each_server
from tests.loadtests.bench.tiny_server import USERS, Tiny, serving


@pytest.fixture(scope="module")
def wanted() -> Population:
    return population(USERS)


def measured(tiny: Tiny, operation: str, *, count: int = 1, seconds: float = 0.02) -> Figures:
    async def run() -> Figures:
        async with serving(tiny) as server:
            stored: Stored = await fill(server, tiny.wanted)
            return await compare([(server, stored)], [operation], count, seconds, lambda text, done: None)

    return asyncio.run(run())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_measured_and_leaves_as_many_as_there_were(wanted: Population, operation: str) -> None:
    tiny = Tiny(wanted)
    figure = measured(tiny, operation, seconds=0.2)[operation, "tiny"]
    assert figure.trouble is None
    assert figure.per_second > 0
    assert len(figure.latencies) > 0
    assert not figure.one_by_one
    assert len(tiny.users) == USERS


def test_errors_while_measuring_are_counted_and_end_it(wanted: Population) -> None:
    figure = measured(Tiny(wanted, "fails now and then"), "GET by id")["GET by id", "tiny"]
    assert re.fullmatch(r"failed: [\d,]+ × 501 of [\d,]+", figure.trouble or "")
    assert figure.rates == []


@pytest.mark.parametrize(("count", "slow", "of_them"), [(3, False, 3), (1, True, 1), (3, True, 3)])
def test_a_slow_server_is_asked_one_by_one_and_no_longer_than_the_others(
    wanted: Population, monkeypatch: pytest.MonkeyPatch, count: int, slow: bool, of_them: int
) -> None:
    if slow:
        monkeypatch.setattr(rounds, "SLOW_SECONDS", 0.0)
    figure = measured(Tiny(wanted), "GET by id", count=count)["GET by id", "tiny"]
    assert figure.one_by_one == slow
    assert 1 <= len(figure.rates) <= of_them  # fewer where the machine was busy and a round took longer
    assert figure.spent < 30


@pytest.mark.parametrize(
    ("rates", "shares", "median", "busy"),
    [([], [], 0.0, False), ([1, 9, 5], [0.5, 0.9, 0.95], 5, True), ([1, 3], [0.9, 0.8], 2, False)],
)
def test_a_figure_is_the_median_of_its_rounds(
    rates: list[float], shares: list[float], median: float, busy: bool
) -> None:
    figure = Figure(rates, shares)
    assert (figure.per_second, figure.client_was_busy) == (median, busy)


def test_latencies_are_percentiles_of_all_requests_in_milliseconds() -> None:
    figure = Figure()
    figure.latencies.extend(number / 1000 for number in range(100, 0, -1))
    assert figure.latencies_ms(50, 99, 100) == pytest.approx([51, 100, 100])


def test_operations_and_servers_keep_their_order() -> None:
    figures: Figures = {(operation, name): Figure() for operation in ("POST", "GET") for name in ("b", "a")}
    assert (each_operation(figures), each_server(figures)) == (["POST", "GET"], ["b", "a"])
