"""The crowd of a run: made in whatever way the target allows, left out with a reason, and removed without a trace."""

from __future__ import annotations

import math
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.check_api.crowd import GROUPS, USERS, Crowd
from conformance.check_api.session import Plan
from conformance.defects.wire import Reply, Request, Server
from conformance.run.crowd import CrowdMaker
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import EmbeddedServer
from simulator.stream.events import CheckCrowdEvent
from tests.conformance.real_runs import Between, marked, of, run, verdicts
from tests.stream_lines import stream_lines
from tests.stream_schema import assert_valid
from tests.support import Scim
from tests.warm_process import start_command

Through = Callable[[Between], str]
MANY = "many_pages or many_groups or creating_many"


class Told(list[CheckCrowdEvent]):
    """What a maker reports."""

    def states(self) -> list[str]:
        return [event["state"] for event in self if event["state"] not in ("making", "removing")]


def maker(url: str, token: str, told: Told, **options: Any) -> CrowdMaker:
    client = Client(url, token, read_only=options.pop("read_only", False)).for_check("crowd")
    target = discover(client, options.pop("only_types", ()))
    return CrowdMaker(client, target, Plan("crowdtest"), report=told.append, **{"budget_s": math.inf, **options})


def whole(server: EmbeddedServer, crowd: Crowd) -> None:
    """The crowd is as it says it is, seen past whatever stands between."""
    scim = Scim(server)
    assert len(set(crowd.users)) == USERS
    assert scim.get(f"/Users/{crowd.users[-1]}").json["userName"] == f"{crowd.mark}.{USERS - 1:04}@check.example"
    members = scim.get(f"/Groups/{crowd.group['id']}").json["members"]
    assert {member["value"] for member in members} == set(crowd.users)
    assert len(set(crowd.groups)) == GROUPS
    assert len(scim.get(f"/Users/{crowd.users[0]}").json["groups"]) == GROUPS + 1


def test_crowd_is_made_by_bulk_in_few_requests_and_removed(through: Through, own_server: EmbeddedServer) -> None:
    seen: Counter[str] = Counter()

    def count(request: Request, server: Server) -> Reply:
        seen[f"{request.method} {request.path.partition('/')[2].partition('/')[0]}"] += 1
        return server(request)

    told = Told()
    of_run = maker(through(count), own_server.token, told)
    crowd = of_run.make()
    whole(own_server, crowd)
    assert (seen["POST Users"], seen["POST Groups"]) == (5, 1)
    assert seen["POST Bulk"] <= 10
    assert of_run.remove() == []
    assert marked(own_server) == []
    assert seen["DELETE Users"] + seen["DELETE Groups"] == 0
    assert told.states() == ["made", "removed"]
    assert told[-2]["users"] == USERS
    assert (told[-2]["groups"], told[-2]["by"]) == (GROUPS + 1, "bulk")
    assert [event["users"] for event in told if event["state"] == "making"] == sorted(
        event["users"] for event in told if event["state"] == "making"
    )


def without_bulk(request: Request, server: Server) -> Reply:
    if request.path == "/ServiceProviderConfig":
        reply = server(request)
        return reply.with_json({**reply.json, "bulk": {"supported": False}})
    return Reply.error(501) if request.path == "/Bulk" else server(request)


def bulk_fails(request: Request, server: Server) -> Reply:
    return Reply.error(500) if request.path == "/Bulk" else server(request)


def bulk_creates_only_ten(request: Request, server: Server) -> Reply:
    if request.path == "/Bulk":
        return server(request.with_json({**request.json, "Operations": request.json["Operations"][:10]}))
    return server(request)


def bulk_names_other_resources(request: Request, server: Server) -> Reply:
    """Everything is created, and each result holds the location of another resource."""
    reply = server(request)
    if request.path != "/Bulk" or not reply.ok:
        return reply
    results = reply.json["Operations"]
    places = [result.get("location") for result in results]
    moved = [{**result, "location": places[at - 1]} for at, result in enumerate(results)]
    return reply.with_json({**reply.json, "Operations": moved})


@pytest.mark.parametrize(
    "between",
    [
        without_bulk,
        pytest.param(bulk_fails, marks=pytest.mark.full),
        pytest.param(bulk_creates_only_ten, marks=pytest.mark.full),
        bulk_names_other_resources,
    ],
)
def test_crowd_is_made_without_bulk_where_bulk_is_not_faithful(
    through: Through, own_server: EmbeddedServer, between: Between
) -> None:
    told = Told()
    of_run = maker(through(between), own_server.token, told)
    whole(own_server, of_run.make())
    assert of_run.remove() == []
    assert marked(own_server) == []
    assert told.states() == ["made", "removed"]
    assert told[-1]["by"] == "requests"


def test_bulk_that_only_says_that_it_deletes_leaves_nothing(through: Through, own_server: EmbeddedServer) -> None:
    def pretend(request: Request, server: Server) -> Reply:
        operations = request.json["Operations"] if request.path == "/Bulk" else []
        if any(operation["method"] == "DELETE" for operation in operations):
            results = [{"method": "DELETE", "location": "x", "status": "204"} for _ in operations]
            return Reply.of(200, {"Operations": results})
        return server(request)

    of_run = maker(through(pretend), own_server.token, Told())
    assert not of_run.make().absent
    assert of_run.remove() == []
    assert marked(own_server) == []


def test_what_cannot_be_removed_is_named(through: Through, own_server: EmbeddedServer) -> None:
    def keep(request: Request, server: Server) -> Reply:
        deletes = request.method == "DELETE" or (request.path == "/Bulk" and b'"DELETE"' in request.body)
        return Reply.error(500) if deletes else server(request)

    told = Told()
    of_run = maker(through(keep), own_server.token, told)
    made = len(of_run.make().users) + GROUPS + 1
    assert len(of_run.remove()) == made
    assert told[-1]["left"] == made


def test_group_that_rejects_all_members_at_once_gets_them_in_portions(
    through: Through, own_server: EmbeddedServer
) -> None:
    def limit(request: Request, server: Server) -> Reply:
        body = request.json if request.is_("POST", "/Groups") else {}
        return Reply.error(400, "invalidValue") if len(body.get("members") or ()) > 100 else server(request)

    of_run = maker(through(limit), own_server.token, Told())
    whole(own_server, of_run.make())
    of_run.remove()


def test_crowd_without_groups(own_server: EmbeddedServer) -> None:
    told = Told()
    of_run = maker(own_server.base_url, own_server.token, told, only_types=("User",))
    crowd = of_run.make()
    assert (len(crowd.users), crowd.group, crowd.groups) == (USERS, {}, ())
    assert of_run.remove() == []
    assert marked(own_server) == []


def test_crowd_that_would_take_too_long_is_left_out(through: Through, own_server: EmbeddedServer) -> None:
    for url in (own_server.base_url, through(without_bulk)):
        told = Told()
        of_run = maker(url, own_server.token, told, budget_s=0.0)
        crowd = of_run.make()
        assert "the limit is 0 s (--crowd creates them anyway)" in crowd.absent
        assert crowd.refused == 0
        assert of_run.remove() == []
        assert told.states() == ["left out", "removed"]
        assert told[-2]["reason"] == crowd.absent
        assert marked(own_server) == []


@pytest.mark.parametrize("status", [403, 500])
def test_create_that_fails_in_the_middle_leaves_the_crowd_out(
    through: Through, own_server: EmbeddedServer, status: int
) -> None:
    count = 0

    def quota(request: Request, server: Server) -> Reply:
        nonlocal count
        count += request.is_("POST", "/Users")
        full = count > 40 and request.is_("POST", "/Users")
        return Reply.error(status, detail="no seats left") if full else without_bulk(request, server)

    of_run = maker(through(quota), own_server.token, Told())
    crowd = of_run.make()
    assert (crowd.users, crowd.refused) == ((), status)
    assert f"POST /Users returned {status} (no seats left) after " in crowd.absent
    assert of_run.remove() == []
    assert marked(own_server) == []


# ── in a run ──


def test_run_tells_of_its_crowd_and_removes_it(own_server: EmbeddedServer, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    code, events, shown = run(
        own_server.base_url, own_server.token, tmp_path, "-k", MANY, "--crowd", "--json", str(report)
    )
    assert (code, set(verdicts(events).values())) == (0, {"PASS"})
    assert_valid(events, "crowd", "check")
    assert [event["state"] for event in of(events, "crowd") if event["state"] not in ("making", "removing")] == [
        "made",
        "removed",
    ]
    assert all(event["crowd"] is True for event in of(events, "check"))
    assert f"crowd     {USERS:,} users, a group of all of them, and {GROUPS} small groups, created by Bulk" in shown
    assert "all removed" in shown
    assert '"made"' in report.read_text()
    assert marked(own_server) == []


@pytest.mark.parametrize("option", ["--no-crowd", "--read-only"])
def test_run_without_a_crowd_says_why(own_server: EmbeddedServer, tmp_path: Path, option: str) -> None:
    code, events, shown = run(
        own_server.base_url, own_server.token, tmp_path, "-k", f"{MANY} or test_4_discovery", option
    )
    (told,) = of(events, "crowd")
    assert (told["state"], told["reason"]) == ("left out", option)
    large = [event for event in of(events, "check") if event.get("crowd")]
    assert {event["verdict"] for event in large} == {"NOT OFFERED"}
    assert f"crowd     skipped, {len(large)} checks did not run: {option}" in shown
    assert code == 0


def test_no_crowd_is_made_for_checks_that_do_not_need_it(own_server: EmbeddedServer, tmp_path: Path) -> None:
    _, events, shown = run(own_server.base_url, own_server.token, tmp_path, "-k", "test_1_3")
    assert of(events, "crowd") == []
    assert "crowd  " not in shown


def test_ctrl_c_while_the_crowd_is_made_leaves_nothing(
    through: Through, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    reached = threading.Event()
    count = 0

    def counted(request: Request, server: Server) -> Reply:
        nonlocal count
        count += request.is_("POST", "/Users")
        if count == 60:
            reached.set()
        return without_bulk(request, server)

    stream = tmp_path / "run.jsonl"
    arguments = ["check", "--url", through(counted), "--no-fuzz", "--crowd", "-k", MANY, "--stream", str(stream)]
    process = start_command(*arguments, env={**os.environ, "SCIM_TOKEN": own_server.token}, cwd=tmp_path)
    assert reached.wait(300)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in errors) == (130, False), errors
    assert marked(own_server) == []
    assert stream_lines(stream)[-1]["exit_code"] == 130
