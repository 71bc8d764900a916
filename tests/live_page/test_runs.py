"""Runs from the page: checks with live results, one check again, a stopped run, and a load test with live figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from live_page.session.playthrough import Access
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.live_page.running import TEN, Live
from tests.support import Scim

pytestmark = pytest.mark.slow


def followed(live: Live, path: str, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """What the page shows again and again, until it shows what is expected; a safety net ends it after five minutes."""
    seen, deadline = [live.get(path)], time.monotonic() + 300
    while not until(seen[-1]):
        assert time.monotonic() < deadline, seen[-1]
        time.sleep(0.05)
        seen.append(live.get(path))
    return seen


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedServer]:
    """A server without the people that other tests leave behind."""
    with embedded_server() as server:
        yield server


@pytest.fixture
def scim(own_server: EmbeddedServer) -> Scim:
    return Scim(own_server)


@pytest.fixture(scope="module")
def target(shared_page: Live, own_server: EmbeddedServer) -> Live:
    """A page whose target is a server of someone else."""
    shared_page.begin(TEN, Access(own_server.base_url, own_server.token))
    return shared_page


def test_checks_run_live_and_one_runs_again(target: Live, scim: Scim) -> None:
    live = target
    live.post("/api/checks", {"profiles": ["okta-essentials"], "fuzz": False})
    assert "in progress" in live.problem("/api/checks", {"profiles": ["rfc"]})
    assert live.get("/api/state")["checks_running"] is True
    seen = followed(live, "/api/checks", lambda found: not found["running"])
    end = seen[-1]
    assert end["verdict"] is not None, end["failed_to_start"]
    assert end["done"] == end["planned"] > 5
    assert sum(end["counts"].values()) == end["done"]
    assert [row["profile"] for row in end["sections"]]
    for cause in end["causes"]:
        assert cause["headline"]
        assert cause["verdict"] in ("FAIL", "WARN", "UNDECIDED")
    assert live.request("GET", "/download/check").data.startswith(b"<!doctype html>")
    assert scim.server.token.encode() not in live.request("GET", "/api/checks").data
    again = {"profiles": ["okta-essentials"], "fuzz": False, "again": "test_look_up_before_create"}
    live.post("/api/checks", again)
    end = followed(live, "/api/checks", lambda found: not found["running"])[-1]
    assert (end["again"], end["done"], end["compared"]) == ("test_look_up_before_create", 1, None)


def test_a_load_test_shows_figures_while_it_runs_and_can_be_stopped(target: Live, scim: Scim) -> None:
    live = target
    before = scim.get("/Users?count=0").json["totalResults"]
    live.post("/api/load", {"scenario": "initial-cycle", "users": 40, "budget": "reference"})
    end = followed(live, "/api/load", lambda found: not found["running"])[-1]
    assert end["verdict"] is not None, end["failed_to_start"]
    assert end["summary"]["differences"] == 0
    assert {row["name"] for row in end["operations"]} >= {"match user", "create user"}
    assert end["budget"]
    assert end["verified"]["people"] >= 40
    assert scim.get("/Users?count=0").json["totalResults"] == before
    live.post("/api/load", {"scenario": "soak", "users": 40, "seconds": 600})
    followed(live, "/api/load", lambda found: len(found["points"]) > 1 and found["points"][-1]["requests"] > 0)
    live.post("/api/load", {"action": "stop"})
    end = followed(live, "/api/load", lambda found: not found["running"])[-1]
    assert (end["stopped"], end["verdict"]) == (True, None)
    assert "stopped" in end["failed_to_start"]
    assert scim.get("/Users?count=0").json["totalResults"] == before


def test_a_run_that_cannot_start_says_why(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN, Access("http://127.0.0.1:9/scim/v2", "a-token-of-nobody"))
    live.post("/api/checks", {"profiles": ["rfc"], "fuzz": False})
    end = followed(live, "/api/checks", lambda found: not found["running"])[-1]
    assert [probe["ok"] for probe in end["preflight"]] == [False]
    assert end["verdict"] is not None or end["failed_to_start"]
