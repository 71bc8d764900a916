"""The provisioning log of a run: the shape of Graph, the CSV files of the portal, the terminal (LOGS; docs/notes/entra.md 7.2)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.report.provisioning_log import log_entries
from tests.fake_target import fake_target
from tests.simulator.command_line import TOKEN, at, run
from tests.simulator.report import made_up_log
from tests.simulator.report.made_up_log import HEADER, entry


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
        "explanation",
        "advice",
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
    assert error["reason"].startswith("StatusCode: Conflict\r\nMessage: Processing of the HTTP request")
    assert '\r\nWeb Response: \r\n{"detail": "taken"}. This operation' in error["reason"]
    assert error["recommendedAction"] is None
    assert (failure["explanation"], failure["advice"][:19]) == (
        "create user: the target returned 409 (taken)",
        "The target reports ",
    )
    steps = {step["name"]: step for step in failure["provisioningSteps"]}
    assert "; Error: StatusCode: Conflict" in steps["EntryExportAdd"]["description"]
    assert [changed["displayName"] for changed in failure["modifiedProperties"]][:1] == ["userName"]
    assert failure["exchanges"][-1]["status"] == 409
    retried = [s for e in found for s in e["provisioningSteps"] if s["name"] == "EntryEscrowRetry"]
    assert retried[0]["details"]["TypeName"] == "EscrowedEntryDefault"
    assert f"Identifier: {retried[0]['details']['Identifier']}" in retried[0]["description"]
    users = [e["sourceIdentity"]["details"] for e in found if e["sourceIdentity"]["identityType"] == "User"]
    assert all("@" in details["UserPrincipalName"] for details in users)
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
        ([], ["cycle 1  initial", "cycle 36  incremental", "quarantine no", "retried again"], ["Requests"]),
        (["--status", "failure"], ["✘ ", "ServiceIncompatibleFiltering", "Fix the filter"], ["✔ ", "cycle 36"]),
        (["--action", "disable", "--details"], ["Modified properties", "active: True → False", "Requests", "PATCH "], ["create  "]),
        (["--code", "RedundantExport"], [], ["cycle 1 "]),
    ],
)  # fmt: skip
def test_log_in_the_terminal(logged: Path, arguments: list[str], present: list[str], absent: list[str]) -> None:
    shown = run("log", str(logged / "run.jsonl"), *arguments)
    assert shown.returncode == 0, shown.stderr
    assert [words for words in present if words not in shown.stdout] == []
    assert [words for words in absent if words in shown.stdout] == []
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)


def test_the_step_of_a_reference_that_cannot_be_resolved_holds_the_sentence() -> None:
    """Microsoft's query reads it from the step's description (application-provisioning-log-analytics.md)."""
    sentence = "We were unable to assign p-9 as the members of {Sales}. Ensure that p-9 is in scope for provisioning."
    details = {"ErrorCode": "UnableToResolveReferenceAttributeValue", "Reason": sentence}
    step = ["EntrySynchronizationUpdate", "referenceResolution", "Warning", details]
    events: list[Any] = [HEADER, entry(status="Warning", error_code=details["ErrorCode"], steps=[step])]
    [logged] = log_entries(events)
    assert logged["provisioningSteps"][0]["description"] == sentence
    assert logged["provisioningStatusInfo"]["status"] == "warning"


def test_property_that_was_not_exported_is_a_step_of_its_own() -> None:
    """Immuta's knowledge base quotes the sentence."""
    steps = [["EntryExportAdd", "export", "Skipped", {"Property": "custom:country"}]]
    [found] = log_entries(made_up_log.run(made_up_log.entry(steps=steps)))
    assert found["provisioningSteps"][0]["description"] == (
        "A property of an entry was not exported, because exporting the property is not supported for this operation: Add. "
        "The entry is Anna Smith. The property is custom:country."
    )


@pytest.mark.parametrize(
    ("idp", "reason"), [("entra", "StatusCode: BadRequest"), ("okta", "create user: answered 400")]
)
def test_only_entra_has_the_words_of_its_portal(idp: str, reason: str) -> None:
    header = {**made_up_log.HEADER, "settings": {**made_up_log.HEADER["settings"], "idp": idp}}  # type: ignore[dict-item]
    events: list[Any] = [header, made_up_log.exchange(1, status=400), made_up_log.failure(exchanges=[1])]
    [found] = log_entries(events)
    information = found["provisioningStatusInfo"]["errorInformation"]
    assert information is not None
    assert information["reason"].startswith(reason)
