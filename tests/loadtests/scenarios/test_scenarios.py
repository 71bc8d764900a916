"""Every scenario over real processes: it ends, its end state is the expected projection, and its own damage is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtests.measurements.result import Result
from loadtests.run.end_state import compare_end_state, expected_work
from loadtests.run.locust_process import Processes, run_locust
from loadtests.scenarios.catalog import SCENARIOS, finished_work
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection, make_tenants, write_tenants
from loadtests.target.read_back import read_target
from reference_server.embedded import EmbeddedServer, embedded_server

pytestmark = pytest.mark.slow

Fault = Callable[[str, str], tuple[int, dict[str, str], Any] | None]


def run(
    server: Any, path: Path, settings: Settings, *, tenants_file: Path | None = None, workers: int = 1, lanes: int = 6
) -> Result:
    """A run of the settings against a server or a target with a fault."""
    target = Connection(getattr(server, "base_url", None) or server.url, server.token)
    return run_locust(target, path / "result.json", settings, Processes(lanes, workers), print, tenants_file)


def differences(
    server: EmbeddedServer, settings: Settings, result: Result, tenants: list[Connection] | None = None
) -> list[tuple[str, str]]:
    ways: list[Any] = [*tenants] if tenants else [Reader(server)]
    work, found = expected_work(settings, result), []
    for number, way in enumerate(ways):
        users, groups = read_target(way, "/Users", print), read_target(way, "/Groups", print)
        found += compare_end_state(work, users, groups, frozenset(), number if tenants else None)
    return [(item.kind, item.attribute) for item in found]


class Reader:
    def __init__(self, server: EmbeddedServer) -> None:
        self.url, self.token = server.base_url, server.token


def counts(result: Result) -> dict[str, int]:
    return {item["name"]: item["count"] for item in result.operations}


BELOW = (
    "initial-cycle",
    "read-mix",
    "soak",
    "incremental",
    "leavers",
)  # other tests run them and compare the end state


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.full] if name in BELOW else []) for name in SCENARIOS]
)
def test_a_good_target_ends_in_the_expected_projection(name: str, server: EmbeddedServer, tmp_path: Path) -> None:
    settings = Settings(name, users=40, seconds=1, cycles=2, tenants=3, rate=150 if name == "soak" else 0)
    tenants = make_tenants(server, 3) if name == "tenants" else []
    file = tmp_path / "tenants.json" if tenants else None
    if file is not None:
        write_tenants(tenants, file)
    result = run(server, tmp_path, settings, tenants_file=file)
    assert (result.finished, result.record.failed, result.errors) == (True, 0, {})
    assert result.requests > 0
    assert differences(server, settings, result, tenants) == []
    if tenants:  # a user of another tenant is unexpected there
        assert differences(server, settings, result, tenants[::-1]) != []


@pytest.mark.parametrize(
    "name",
    [
        "soak",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("initial-cycle", "monday-morning", "group-storm")),
    ],
)
def test_two_workers_share_the_work_without_doing_anything_twice(
    name: str, server: EmbeddedServer, tmp_path: Path
) -> None:
    settings = Settings(name, users=40, seconds=1, cycles=2, tenants=3, rate=150 if name == "soak" else 0)
    result = run(server, tmp_path, settings, workers=2)
    assert (result.finished, result.record.failed, result.errors) == (True, 0, {})
    assert differences(server, settings, result) == []
    record = result.record
    assert len(record.made) == len(set(record.made)) == len(record.user_ids) + len(record.group_ids)
    if name == "initial-cycle":
        assert counts(result)["create user"] == 40
        assert counts(result)["probe user"] == 1


def test_a_second_run_continues_where_the_first_stopped(server: EmbeddedServer, tmp_path: Path) -> None:
    """Other people's revisions, inactive ones and members from an earlier scenario are brought back first."""
    first = Settings("soak", users=30, seconds=1)
    again = Settings("incremental", users=30, cycles=2)
    run(server, tmp_path, first)
    result = run(server, tmp_path, again)
    assert result.record.made == []
    assert differences(server, again, result) == []


def test_leavers_are_timed_until_the_target_shows_them_inactive(server: EmbeddedServer, tmp_path: Path) -> None:
    settings = Settings("leavers", users=50)
    result = run(server, tmp_path, settings)
    assert sorted(result.record.leaver_seconds) == sorted(result.record.inactive)
    assert len(result.record.inactive) == 5
    assert all(seconds is not None and 0 < seconds < 30 for seconds in result.record.leaver_seconds.values())
    assert result.record.still_active == []
    assert counts(result) == {"disable user": 5, "read user": 5}, "the setup is in no figure"
    assert (result.finished, result.record.failed, result.errors) == (True, 0, {})
    assert differences(server, settings, result) == []


def test_a_leaver_who_stays_active_is_listed(
    behind: Callable[[Fault], Any], server: EmbeddedServer, tmp_path: Path
) -> None:
    """204 and nothing done: seen by reading at once, and again at the end."""
    switched: list[str] = []

    def ignore_one(method: str, path: str) -> tuple[int, dict[str, str], Any] | None:
        # With ten people one leaves; the first PATCH of a user after the managers' nine is theirs.
        if method == "PATCH" and path.startswith("/Users/"):
            switched.append(path)
            if len(switched) > 9:
                return 204, {}, b""
        return None

    settings = Settings("leavers", users=10, patience_s=1.0)
    result = run(behind(ignore_one), tmp_path, settings)
    assert len(result.record.still_active) == 1
    assert ("active", "active") in differences(server, settings, result)


def test_a_lost_change_is_found(behind: Callable[[Fault], Any], server: EmbeddedServer, tmp_path: Path) -> None:
    patches: list[str] = []

    def lose_last(method: str, path: str) -> tuple[int, dict[str, str], Any] | None:
        if method == "PATCH" and path.startswith("/Users/"):
            patches.append(path)
            if len(patches) == 20:  # after nineteen managers: the change of the only cycle
                return 204, {}, b""
        return None

    settings = Settings("incremental", users=20, cycles=1)
    result = run(behind(lose_last), tmp_path, settings)
    assert result.errors == {}
    assert {kind for kind, _ in differences(server, settings, result)} == {"value"}


def test_an_open_loop_keeps_its_rate_and_counts_what_a_slow_target_delays(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    settings = Settings("read-mix", users=20, seconds=2, rate=40)
    result = run(server, tmp_path, settings)
    assert 0 < result.requests / result.seconds <= 50, "a busy machine sends fewer"
    one_lane = run(server, tmp_path, replace(settings, seconds=1, rate=9000), lanes=1)
    assert max(item["p50_ms"] or 0 for item in one_lane.operations) > 100, "overload shows as latency: ms"


def test_the_warm_up_is_cut(server: EmbeddedServer, tmp_path: Path) -> None:
    settings = Settings("read-mix", users=10, seconds=3, rate=40, warm_up=2)
    result = run(server, tmp_path, settings)
    assert result.seconds < 3
    assert 0 < result.requests <= 80, "without the cut: 120"
    assert (result.finished, result.record.failed, result.errors) == (True, 0, {})
    assert differences(server, settings, result) == []


def test_tenants_go_to_connections_of_their_own(server: EmbeddedServer, tmp_path: Path) -> None:
    settings = Settings("tenants", users=20, tenants=2)
    with embedded_server() as other:
        file = tmp_path / "tenants.json"
        file.write_text(json.dumps([{"url": s.base_url, "token": s.token} for s in (server, other)]))
        result = run(server, tmp_path, settings, tenants_file=file)
        reader: list[Any] = [Reader(server), Reader(other)]
        users = [read_target(one, "/Users", print) for one in reader]
        groups = [read_target(one, "/Groups", print) for one in reader]
    assert [len(part) for part in users] == [10, 10]
    work = expected_work(settings, result)
    for tenant in (0, 1):
        assert compare_end_state(work, users[tenant], groups[tenant], frozenset(), tenant) == []
    assert sorted(result.tenants) == [0, 1]
    assert {total.cells["create user"].count for total in result.tenants.values()} == {10}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_process_expects_the_same(name: str) -> None:
    settings = Settings(name, users=30)
    first, second = finished_work(settings), finished_work(settings)
    assert first.record == second.record
    assert [phase.size for phase in first.phases] == [len(list(p.units())) if p.size else 0 for p in first.phases]
