"""`load` with scenarios, workers, rates, earlier runs and the search for the knee, over real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loadtests.target.connections import make_tenants, write_tenants
from loadtests.target.read_back import read_target
from reference_server.embedded import EmbeddedServer
from tests.stream_schema import assert_valid
from tests.support import Command

pytestmark = pytest.mark.slow


def test_leavers_are_timed_and_have_a_limit(scimulator: Command, tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("max_leaver_seconds: 0\n")
    shown = scimulator("load", "--users", "40", "--scenario", "leavers", "--budget", "none.yaml", "--json", "out.json")
    assert shown.returncode == 1, shown.stderr
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["summary"]["leavers"] == 4
    assert value["summary"]["leaver_seconds"] > 0
    assert [item["ok"] for item in value["budget"]] == [False]
    assert value["summary"]["users_per_second"] is None
    assert value["differences"] == []


def test_a_rate_is_kept_and_reported(scimulator: Command, tmp_path: Path) -> None:
    words = ["--users", "20", "--scenario", "read-mix", "--rate", "60", "--duration", "1", "--json", "out.json"]
    shown = scimulator("load", *words)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["settings"]["rate"] == 60
    assert value["summary"]["requests_per_second"] <= 75  # how far below it falls is the machine's
    assert sum(item["count"] for item in value["operations"]) == value["summary"]["requests"]


def test_workers_share_the_work_and_no_one_is_created_twice(scimulator: Command, tmp_path: Path) -> None:
    shown = scimulator("load", "--users", "40", "--workers", "2", "--json", "out.json", timeout=600)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    value = json.loads((tmp_path / "out.json").read_text())
    counts = {item["name"]: item["count"] for item in value["operations"]}
    assert counts["create user"] == 40
    assert sum(counts.values()) == value["summary"]["requests"]
    assert sum(point["per_second"] for point in value["timeline"]["points"]) == value["summary"]["requests"]
    assert value["differences"] == []


def test_a_run_is_compared_with_an_earlier_one(scimulator: Command, tmp_path: Path) -> None:
    assert scimulator("load", "--users", "30", "--json", "was.json").returncode == 0
    was = json.loads((tmp_path / "was.json").read_text())
    for item in was["operations"]:
        item["p50_ms"] = item["p50_ms"] / 50
    (tmp_path / "fast.json").write_text(json.dumps(was))
    shown = scimulator("load", "--users", "30", "--baseline", "fast.json", "--json", "now.json", "--stream", "r.jsonl")
    assert shown.returncode == 1
    assert_valid(tmp_path / "r.jsonl", "baseline_settings", "baseline")
    assert "operations are slower than in the baseline." in shown.stdout
    rows = {row["name"]: row for row in json.loads((tmp_path / "now.json").read_text())["baseline"]}
    assert rows["create user"]["verdict"] == "slower"
    assert rows["probe user"]["verdict"] == "too few requests"
    assert rows["create user"]["low"] < rows["create user"]["ratio"] < rows["create user"]["high"]


def test_the_limit_is_found_and_named(scimulator: Command, tmp_path: Path) -> None:
    (tmp_path / "tight.yaml").write_text('operations: {"*": {p99_ms: 0.001}}\n')
    words = ["--users", "10", "--find-limit", "--duration", "1", "--budget", "tight.yaml", "--json", "out.json"]
    shown = scimulator("load", *words, "--stream", "run.jsonl")
    assert shown.returncode == 1
    assert_valid(tmp_path / "run.jsonl", "step", "knee")
    assert "The target sustained no rate: at 25 requests/s, " in shown.stdout
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["knee"]["rate"] is None
    assert value["knee"]["broke_at"] == 25
    assert [step["held"] for step in value["steps"]] == [False]
    assert value["differences"] == []


def test_tenants_have_connections_and_figures_of_their_own(scimulator: Command, tmp_path: Path) -> None:
    shown = scimulator("load", "--scenario", "tenants", "--tenants", "3", "--users", "45", "--json", "out.json")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "tenants     3: " in shown.stdout
    assert "45 users and " in shown.stdout
    value = json.loads((tmp_path / "out.json").read_text())
    assert [row["name"] for row in value["tenants"]] == ["tenant-1", "tenant-2", "tenant-3"]
    assert {row["errors"] for row in value["tenants"]} == {0}
    assert {row["tenant"] for row in value["slowest"]} <= {"tenant-1", "tenant-2", "tenant-3"}


def test_every_tenant_of_a_file_is_cleaned_up(scimulator: Command, server: EmbeddedServer, tmp_path: Path) -> None:
    ways = make_tenants(server, 2)
    write_tenants(ways, tmp_path / "tenants.json")
    options = ["--scenario", "tenants", "--tenants-file", "tenants.json", "--users", "20", "--cleanup"]
    shown = scimulator("load", *options, "--stream", "run.jsonl")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert_valid(tmp_path / "run.jsonl", "tenant", "slowest", "cleanup")
    assert ", 0 left" in shown.stdout
    assert [read_target(way, "/Users", print) for way in ways] == [[], []]
    assert not any(way.token in shown.stdout + (tmp_path / "run.jsonl").read_text() for way in ways)


def test_a_stage_is_set_by_all_workers_before_any_is_measured(scimulator: Command, tmp_path: Path) -> None:
    options = ["--scenario", "read-mix", "--workers", "2", "--users", "30", "--duration", "1", "--json", "out.json"]
    shown = scimulator("load", *options)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    value = json.loads((tmp_path / "out.json").read_text())
    assert "create user" not in {item["name"] for item in value["operations"]}
    assert value["summary"]["workers_lost"] == 0
