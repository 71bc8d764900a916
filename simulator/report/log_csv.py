"""The provisioning log as the Entra portal exports it: three CSV files, joined by ChangeId (docs/notes/entra.md 7.2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from simulator.report.log_entry import LogEntry

LOGS = "ProvisioningLogs.csv"
STEPS = "ProvisioningLogs_ProvisioningSteps.csv"
PROPERTIES = "ProvisioningLogs_ModifiedProperties.csv"
_LOG_HEAD = [
    *("Id", "ChangeId", "CycleId", "JobId", "Date", "Action", "Status", "ErrorCode", "Reason"),
    *("SourceId", "SourceIdentity", "SourceSystem", "TargetId", "TargetSystem", "IdentityType"),
    *("DurationInMilliseconds", "ServicePrincipalId"),
]
_STEP_HEAD = ["Id", "ChangeId", "Name", "Type", "Status", "Description"]
_PROPERTY_HEAD = ["Id", "ChangeId", "DisplayName", "OldValue", "NewValue"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def log_files(entries: Iterable[LogEntry]) -> dict[str, str]:
    """The content of each file by name. Cells that a spreadsheet could run as a formula get a leading apostrophe."""
    logs: list[list[Any]] = [_LOG_HEAD]
    steps: list[list[Any]] = [_STEP_HEAD]
    properties: list[list[Any]] = [_PROPERTY_HEAD]
    for entry in entries:
        ids = [entry["id"], entry["changeId"]]
        error = entry["provisioningStatusInfo"]["errorInformation"]
        source, target = entry["sourceIdentity"], entry["targetIdentity"]
        logs.append(
            [
                *ids,
                entry["cycleId"],
                entry["jobId"],
                entry["activityDateTime"],
                entry["provisioningAction"],
                entry["provisioningStatusInfo"]["status"],
                error["errorCode"] if error else None,
                error["reason"] if error else None,
                source["id"],
                source["displayName"],
                entry["sourceSystem"]["displayName"],
                target["id"],
                entry["targetSystem"]["displayName"],
                source["identityType"],
                entry["durationInMilliseconds"],
                entry["servicePrincipal"]["id"],
            ]
        )
        for step in entry["provisioningSteps"]:
            steps.append([*ids, step["name"], step["provisioningStepType"], step["status"], step["description"]])
        for changed in entry["modifiedProperties"]:
            properties.append([*ids, changed["displayName"], changed["oldValue"], changed["newValue"]])
    return {LOGS: _csv(logs), STEPS: _csv(steps), PROPERTIES: _csv(properties)}


def _csv(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
