"""The commands around a run: on demand, step, dry run, log, mapping, knobs; as people start them, and what they print."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.entra.on_demand import OnDemandRefused, provision_on_demand
from simulator.provisioning.turn import Turn
from tests.fake_target import FakeTarget, fake_target
from tests.simulator.entra.engine import Engine
from tests.warm_process import run_command

TOKEN = "a-secret-token"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, stdin=stdin)


def at(target: FakeTarget) -> list[str]:
    return ["--url", target.url, "--token", TOKEN]


# ── on demand (POD; entra.md 7.1) ──


def on_demand(target: FakeTarget, prepare: Callable[[Engine], tuple[str, str, list[str]]]) -> list[Turn]:
    engine = Engine(target)
    kind, object_id, members = prepare(engine)
    turns: list[Turn] = engine.do(
        provision_on_demand(engine.job, engine.settings, kind, object_id, engine.now, members)
    )
    return turns


def test_five_steps_of_a_user() -> None:
    with fake_target() as target:
        turns = on_demand(target, lambda engine: ("user", engine.person("Anna Smith"), []))
    assert [step.kind for step in turns[1].steps] == ["import", "scoping", "matching", "processing", "export"]
    assert [turn.kind for turn in turns] == ["probe", "user", "manager"]


def test_unassigned_user_can_be_disabled_on_demand() -> None:
    with fake_target() as target:
        engine = Engine(target)
        anna = engine.person("Anna Smith")
        engine.cycle()
        engine.directory.unassign(engine.now, anna)
        engine.do(provision_on_demand(engine.job, engine.settings, "user", anna, engine.now))
        assert '"value":"False"' in target.writes()[0]


def test_group_with_chosen_members() -> None:
    def prepare(engine: Engine) -> tuple[str, str, list[str]]:
        people = [engine.person(f"P{number} X") for number in range(6)]
        return "group", engine.group("Sales", *people), people[:2]

    with fake_target() as target:
        on_demand(target, prepare)
        assert [line.partition(" {")[0] for line in target.writes()] == [
            *["POST /scim/Users"] * 2, "POST /scim/Groups", *["PATCH /scim/Groups/g3"] * 2,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda e: ("user", "nobody", []), "cannot be found on demand"),
        (lambda e: ("group", e.group("G", *[e.person(f"P{n} X") for n in range(6)]), [f"id-p{n}" for n in range(6)]), "at most 5"),
        (lambda e: ("group", e.group("G"), [e.person("Anna X")]), "not in the group"),
        (lambda e: ("group", e.group("G", assigned=False), []), "not assigned itself"),
    ],
)  # fmt: skip
def test_what_the_portal_does_not_offer(prepare: Any, words: str) -> None:
    with fake_target() as target:
        with pytest.raises(OnDemandRefused) as refused:
            on_demand(target, prepare)
        assert words in str(refused.value)
        assert target.received == []


def test_provision_shows_the_five_steps_and_the_exchange() -> None:
    with fake_target() as target:
        shown = run("provision", "3", *at(target))
        assert shown.returncode == 0, shown.stderr
        for words in (
            "1  test connection    ✔",
            "2  import user",
            "3  determine scope",
            "4  match user",
            "5  perform action",
        ):
            assert words in shown.stdout
        assert "userName: no match" in shown.stdout
        assert f"POST {target.url}/Users → 201" in shown.stdout
        assert TOKEN not in shown.stdout
        again = run("provision", "Domingo Morales", *at(target))
        assert "RedundantExport" in again.stdout
        assert "userName: one match" in again.stdout


def test_provision_tells_a_failing_connection_test() -> None:
    with fake_target(lambda request: (404, {})) as target:
        shown = run("provision", "3", *at(target))
    assert shown.returncode == 1
    assert "1  test connection    ✘  SystemForCrossDomainIdentityManagementServiceIncompatible" in shown.stdout


# ── a run's log (LOGS; entra.md 7.2) ──


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with hostile names in which one person cannot be created."""
    folder = tmp_path_factory.mktemp("logged")
    (folder / "s.yaml").write_text(
        "name: s\nusers: 12\ndays: 1\nhostile_names: true\nseed: 5\n"
        "events:\n- {what: blocked, person: 4, at: '09:00'}\n- {what: title_changed, person: 5, at: '09:00', detail: {title: '=cmd()'}}\n"
    )

    def rule(request: Any) -> Any:
        refused = request.method == "POST" and b"100007" in request.body
        return (409, {"detail": "taken"}) if refused else "well"

    with fake_target(rule) as target:
        shown = run(
            "simulate", str(folder / "s.yaml"), *at(target), "--stream", str(folder / "run.jsonl"),
            "--log", str(folder / "log.jsonl"),
        )  # fmt: skip
        assert shown.returncode == 1, shown.stderr
    assert run("report", str(folder / "run.jsonl"), "--log", str(folder / "csv")).returncode == 1
    return folder


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def test_log_has_the_shape_of_graph(logged: Path) -> None:
    found = entries(logged)
    names = [
        "id",
        "activityDateTime",
        "tenantId",
        "jobId",
        "cycleId",
        "changeId",
        "provisioningAction",
        "durationInMilliseconds",
        "initiatedBy",
        "servicePrincipal",
        "sourceSystem",
        "targetSystem",
        "sourceIdentity",
        "targetIdentity",
        "modifiedProperties",
        "provisioningStatusInfo",
        "provisioningSteps",
        "exchanges",
    ]
    assert all(list(entry) == names for entry in found)
    assert {entry["provisioningAction"] for entry in found} <= {"create", "update", "disable", "delete", "other"}
    assert {entry["provisioningStatusInfo"]["status"] for entry in found} == {"success", "failure", "skipped"}
    types = {step["provisioningStepType"] for entry in found for step in entry["provisioningSteps"]}
    assert types == {"import", "scoping", "matching", "processing", "referenceResolution", "export"}
    assert found[0]["jobId"].startswith("scim.")
    assert len({entry["id"] for entry in found}) == len(found)
    failure = next(e for e in found if e["provisioningStatusInfo"]["status"] == "failure")
    error = failure["provisioningStatusInfo"]["errorInformation"]
    assert error["errorCode"] == "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"
    assert (
        "This operation was retried 0 times. It will be retried again after this date: 2026-03-02T00:00:00Z"
        in error["reason"]
    )
    assert failure["exchanges"][-1]["status"] == 409
    assert TOKEN not in (logged / "log.jsonl").read_text("utf-8")


def test_step_details_lose_dots_and_colons(logged: Path) -> None:
    created = next(e for e in entries(logged) if e["provisioningAction"] == "create")
    details = created["provisioningSteps"][-1]["details"]
    assert {"namegivenName", 'addresses[type eq "work"]country'} <= details.keys()
    assert any(name.startswith("urnietfparamsscim") for name in details)


def test_csv_files_are_joined_by_change_and_harmless_in_a_spreadsheet(logged: Path) -> None:
    tables = {
        path.name: list(csv.DictReader(io.StringIO(path.read_text("utf-8")))) for path in (logged / "csv").iterdir()
    }
    assert len(tables) == 3
    changes = {row["ChangeId"] for row in tables["ProvisioningLogs.csv"]}
    assert changes == {row["ChangeId"] for row in tables["ProvisioningLogs_ProvisioningSteps.csv"]}
    assert changes >= {row["ChangeId"] for row in tables["ProvisioningLogs_ModifiedProperties.csv"]}
    cells = [cell for table in tables.values() for row in table for cell in row.values()]
    assert "'=cmd()" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize(
    ("arguments", "present", "absent"),
    [
        ([], ["cycle 1  initial", "cycle 36  incremental", "quarantine no", "retried again"], ["Exchange"]),
        (["--status", "failure"], ["✘ ", "ServiceIncompatibleFiltering", "the filter has to find it"], ["✔ ", "cycle 36"]),
        (["--action", "disable", "--details"], ["Modified properties", "active: True → False", "Exchange", "PATCH "], ["create  "]),
        (["--code", "RedundantExport"], [], ["cycle 1 "]),
    ],
)  # fmt: skip
def test_log_in_the_terminal(logged: Path, arguments: list[str], present: list[str], absent: list[str]) -> None:
    shown = run("log", str(logged / "run.jsonl"), *arguments)
    assert shown.returncode == 0, shown.stderr
    assert [words for words in present if words not in shown.stdout] == []
    assert [words for words in absent if words in shown.stdout] == []
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)


# ── step, dry run, mapping, knobs ──


def test_step_asks_after_each_person_and_stops_when_told() -> None:
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), stdin="\n\nq\n")
        assert shown.returncode in (0, 1)
        target.received.clear()
        target.resources.clear()
        shown = run("simulate", "leaver", *at(target), "--step", stdin="\n\nq\n")
        assert shown.returncode == 130
        assert shown.stdout.count("Enter: next") == 3
        assert "Modified properties" in shown.stdout
        assert len(target.lines("POST")) == 3


def test_dry_run_prints_requests_by_person_and_sends_none() -> None:
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), "--dry-run")
        assert target.received == []
    assert shown.returncode == 0, shown.stderr
    assert "nothing was sent" in shown.stdout
    blocks = shown.stdout.split("\n\n")
    leaver = next(block for block in blocks if '"path":"active","value":"False"' in block)
    assert "POST   /Users" in leaver
    assert "GET    /Users/user-" in leaver


def test_mapping_is_exported_and_imported_and_tried(tmp_path: Path) -> None:
    exported = run("mapping")
    (tmp_path / "schema.json").write_text(exported.stdout, "utf-8")
    assert run("mapping", str(tmp_path / "schema.json")).stdout == exported.stdout
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), "--days", "1", "--mapping", str(tmp_path / "schema.json"))
        assert "converged                   yes" in shown.stdout
    tried = run(
        "mapping", "--evaluate", 'Join(".", [givenName], [surname])', "--value", "givenName=A", "--value", "surname=B"
    )
    assert tried.stdout == '"A.B"\n'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["simulate", "--knob", "lanes"], '--knob: expected NAME=VALUE, got "lanes"; --knob list shows all'),
        (["simulate", "--knob", "lanse=3"], "--knob: expected NAME=VALUE"),
        (["simulate", "--knob", "lanes=many"], "--knob lanes: expected a number"),
        (["simulate", "--knob", "manager_shape=round"], "--knob manager_shape: expected one of bare"),
        (["simulate", "--mapping", "missing.json"], "missing.json: No such file"),
        (["simulate", "--url", "http://x", "--credentials", "missing.yaml"], "--credentials: missing.yaml: No such file"),
        (["provision", "Nobody Atall"], 'nobody is called "Nobody Atall"'),
        (["provision", "Everybody", "--member", "zzz"], 'nobody is called "zzz"'),
        (["mapping", "--evaluate", "Nope([a])"], "column 1: there is no function Nope"),
        (["mapping", "--evaluate", "[a]", "--value", "a"], "--value: expected NAME=VALUE"),
        (["log", "missing.jsonl"], "no such file"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line(arguments: list[str], words: str) -> None:
    shown = run(*arguments)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_flag_of_the_tenant_url_chooses_the_dialect_and_is_carried() -> None:
    with fake_target() as target:
        run("simulate", "leaver", "--url", f"{target.url}/?aadOptscim062020", "--token", TOKEN, "--days", "0")
        writes = [request.path for request in target.received if request.method == "POST"]
        assert writes
        assert all(path.endswith("?aadOptscim062020") for path in writes)
        assert any('"op":"add"' in line for line in target.lines("PATCH"))
