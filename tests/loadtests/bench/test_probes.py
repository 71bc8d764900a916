"""Probes: a server that rejects an operation, or answers it wrongly, is shown as such and never as fast."""

from __future__ import annotations

import asyncio

import pytest

from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import Population, fill, population
from loadtests.bench.probes import trouble_with
from tests.loadtests.bench.tiny_server import USERS, Tiny, serving


@pytest.fixture(scope="module")
def wanted() -> Population:
    return population(USERS)


def probed(wanted: Population, operation: str, defect: str = "") -> str | None:
    async def run() -> str | None:
        async with serving(Tiny(wanted, defect)) as server:
            return await trouble_with(operation, server, await fill(server, wanted))

    return asyncio.run(run())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_right_answer_is_accepted(wanted: Population, operation: str) -> None:
    assert probed(wanted, operation) is None


@pytest.mark.parametrize(
    ("operation", "defect", "words"),
    [
        ("GET by id", "refuses GET Users", "refused 501"),
        ("GET by id", "answers somebody", "wrong: a different user"),
        ("filter userName eq", "ignores filters", f"wrong: finds {USERS} users"),
        ("filter externalId eq", "finds nobody", "wrong: finds 0 users"),
        ("filter externalId eq", "refuses GET Users", "refused 501"),
        ("page of 100", "has small pages", f"wrong: 20 users on a page, {USERS} in total"),
        ("page of 100", "ignores startIndex", "wrong: pages overlap"),
        ("POST", "refuses POST Users", "refused 501"),
        ("POST", "forgets", "wrong: the user does not exist afterwards (404)"),
        ("POST", "refuses DELETE Users", "not measured: DELETE refused 501"),
        ("PATCH", "refuses PATCH Users", "refused 501"),
        ("PATCH", "changes nothing", "wrong: does not change the title"),
        ("PATCH one member", "refuses PATCH Groups", "refused 501"),
        ("PATCH one member", "refuses GET Groups", "wrong: the group cannot be read"),
        ("PATCH one member", "empties groups", "wrong: 0 members, expected 49"),
    ],
)
def test_another_answer_is_named(wanted: Population, operation: str, defect: str, words: str) -> None:
    assert probed(wanted, operation, defect) == words
