"""Failures that vanish when a check runs alone: what comes back among other resources or requests stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.check_api.session import Plan, Session
from conformance.defects.wire import Reply, Request, Server
from conformance.requirements.verdict import Finding, Verdict
from conformance.run.collect import Check, collect
from conformance.run.company import CROWDED, MIXED, Company
from conformance.run.judge import Outcome, carry_out
from conformance.run.strangers import STRANGERS, Strangers
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import Between, marked, of, run

POLLS = 150


def users(scim: Session) -> int:
    return int(scim.get(scim.users, count=0)["totalResults"])


def fails_in_a_full_directory(scim: Session) -> None:
    if users(scim) >= STRANGERS["User"]:
        raise Finding("the server looks at the first page alone")


def fails_beside_other_requests(scim: Session) -> None:
    before = users(scim)
    if any(users(scim) != before for _ in range(POLLS)):
        raise Finding("the server mixes requests up")


def fails_now_and_then(scim: Session) -> None:
    """A race: of five attempts, the first of which is the one alone, the last one fails."""
    attempts.append(users(scim))
    if len(attempts) == 5:
        raise Finding("the server mixes requests up")


def passes(scim: Session) -> None:
    users(scim)


attempts: list[int] = []


@pytest.fixture
def target(own_server: EmbeddedServer) -> tuple[Client, Target]:
    client = Client(own_server.base_url, own_server.token)
    return client, discover(client)


def check(target: Target, call: Callable[..., None]) -> Check:
    found = collect(["rfc"], "test_add_sets_a_single_value", target=target)[0]
    return replace(found, call=call)


@pytest.mark.parametrize(
    ("call", "verdict", "told"),
    [
        (fails_in_a_full_directory, Verdict.FAIL, CROWDED),
        (fails_beside_other_requests, Verdict.FAIL, CROWDED),
        (fails_now_and_then, Verdict.FAIL, CROWDED),
        (passes, Verdict.WARN, MIXED),
    ],
)
def test_a_failure_that_comes_back_in_company_stands(
    call: Callable[..., None], verdict: Verdict, told: str, own_server: EmbeddedServer, target: tuple[Client, Target]
) -> None:
    client, known = target
    attempts.clear()
    others = collect(["rfc"], "test_3_3_creating", target=known)[:8]
    looked_at, plan = check(known, call), Plan("company")
    alone = carry_out(looked_at, client, known, plan)
    assert alone.verdict(looked_at) is Verdict.PASS
    company = Company(client, known, plan, others, 2)
    with Strangers(client, known, plan) as strangers:
        outcome: Outcome = company.judge(looked_at, alone)
    assert outcome.verdict(looked_at) is verdict
    assert outcome.findings[-1].message == told
    assert company.left + strangers.left == []
    assert marked(own_server) == []


@pytest.mark.slow
def test_a_run_reports_a_failure_that_the_size_of_the_directory_causes(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A server that finds no one by userName once it holds many users; the first attempt stands for a busy run."""
    seen: set[str] = set()

    def finds_no_one(request: Request, server: Server) -> Reply:
        if request.is_("GET", "/Users") and "userName eq" in request.filter:
            total = server(Request("GET", "/Users", "count=0", request.headers)).json["totalResults"]
            first = not seen
            seen.add(request.filter)
            if first or total >= STRANGERS["User"]:
                return server(request.with_parameters(filter='userName eq "no one"'))
        return server(request)

    options = ("-k", "test_user_name_eq_finds_the_user")
    code, events, _ = run(through(finds_no_one), own_server.token, tmp_path, *options)
    (event,) = of(events, "check")
    assert (code, event["verdict"], event["remarks"][0]["message"]) == (1, "FAIL", CROWDED)
    assert event["attempts"] == 3
    assert marked(own_server) == []


@pytest.mark.slow
def test_a_failure_that_is_a_warning_alone_is_repeated_too(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A server that accepts a create without schemas, and fails over it once it holds many users."""
    seen: list[Request] = []

    def fails_over_a_missing_schema(request: Request, server: Server) -> Reply:
        if request.is_("POST", "/Users") and "schemas" not in (request.json or {}):
            seen.append(request)
            total = server(Request("GET", "/Users", "count=0", request.headers)).json["totalResults"]
            if len(seen) == 1 or total >= STRANGERS["User"]:
                return Reply.error(500)
        return server(request)

    options = ("-k", "test_create_needs_schemas and none")
    code, events, _ = run(through(fails_over_a_missing_schema), own_server.token, tmp_path, *options)
    (event,) = of(events, "check")
    assert (code, event["verdict"], event["attempts"]) == (1, "FAIL", 3)
    assert event["remarks"][-1]["message"] == CROWDED
