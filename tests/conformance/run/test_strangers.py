"""The resources of no check: they exist for as long as a whole run lasts, and nothing of them remains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.check_api.session import Plan
from conformance.defects.wire import Reply, Request, Server
from conformance.run.strangers import OTHERS, STRANGERS, Strangers
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer
from tests.conformance.published import DEVICE_TARGET
from tests.conformance.real_runs import Between, marked, of, run
from tests.conformance.topics.sessions import error
from tests.fake_target import fake_target


def strangers(url: str, target: Target, **options: float) -> Strangers:
    return Strangers(Client(url, "token-of-a-test"), target, Plan("strangers"), **options)


def test_users_and_groups_exist_within_the_block(own_server: EmbeddedServer) -> None:
    client = Client(own_server.base_url, own_server.token)
    with Strangers(client, discover(client), Plan("strangers")) as held:
        totals = {name: client.send("GET", f"/{name}s", parameters={"count": 0})["totalResults"] for name in STRANGERS}
        listed = client.send("GET", "/Users", parameters={"count": 60})["Resources"]
    assert totals["Group"] == STRANGERS["Group"]
    assert totals["User"] >= STRANGERS["User"]
    assert sum("emails" in user and "title" in user for user in listed) >= 20  # not all of them are plain
    assert (held.left, marked(own_server)) == ([], [])


def test_a_block_within_a_block_uses_those_that_exist() -> None:
    with fake_target() as target, strangers(target.url, DEVICE_TARGET) as held:
        with held:
            assert len(target.resources) == OTHERS
        assert len(target.resources) == OTHERS


def test_other_types_have_strangers_too() -> None:
    with fake_target() as target, strangers(target.url, DEVICE_TARGET):
        assert len(target.resources) == OTHERS
    assert target.resources == {}


def test_a_target_that_rejects_them_is_asked_a_few_times() -> None:
    with fake_target() as target:
        target.rule = lambda request: error(400) if request.method == "POST" else "well"
        with strangers(target.url, DEVICE_TARGET):
            assert len(target.received) <= 2


def test_a_slow_target_gets_none() -> None:
    with fake_target() as target, strangers(target.url, DEVICE_TARGET, budget_s=0):
        assert target.received == []


@pytest.mark.slow
@pytest.mark.parametrize(("options", "verdict"), [((), "FAIL"), (("-k", "test_user_name_eq_finds_the_user"), "PASS")])
def test_a_failure_in_a_full_directory_stands_in_a_whole_run(
    options: tuple[str, ...],
    verdict: str,
    through: Callable[[Between], str],
    own_server: EmbeddedServer,
    tmp_path: Path,
) -> None:
    """A server that looks at one page alone; a run of few checks creates strangers only for failures that vanish."""

    def finds_no_one(request: Request, server: Server) -> Reply:
        if request.is_("GET", "/Users") and request.filter.startswith("userName eq"):
            total = server(Request("GET", "/Users", "count=0", request.headers)).json["totalResults"]
            if total >= STRANGERS["User"]:
                return server(request.with_parameters(filter='userName eq "no one"'))
        return server(request)

    chosen = options or ("-k", "test_3_4_2")
    _, events, _ = run(through(finds_no_one), own_server.token, tmp_path, "--parallel", "1", *chosen)
    found = {event["id"].rpartition("::")[2]: event["verdict"] for event in of(events, "check")}
    assert found["test_user_name_eq_finds_the_user"] == verdict
    assert marked(own_server) == []
