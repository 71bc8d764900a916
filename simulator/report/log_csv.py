"""The provisioning log as the portal's download: three CSV files that are joined by ChangeId (LOGS; entra.md 7.2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from simulator.report.provisioning_log import LogEntry

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
    """File name → content. A cell that a spreadsheet would run gets an apostrophe in front."""
    logs: list[list[Any]] = [_LOG_HEAD]
    steps: list[list[Any]] = [_STEP_HEAD]
    properties: list[list[Any]] = [_PROPERTY_HEAD]
    for entry in entries:
        ids = [entry["id"], entry["changeId"]]
        error = entry["provisioningStatusInfo"]["errorInformation"] or {}
        source, target = entry["sourceIdentity"], entry["targetIdentity"]
        logs.append(
            [
                *ids,
                entry["cycleId"],
                entry["jobId"],
                entry["activityDateTime"],
                entry["provisioningAction"],
                entry["provisioningStatusInfo"]["status"],
                error.get("errorCode"),
                error.get("reason"),
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
            words = [step[name] for name in ("name", "provisioningStepType", "status", "description")]
            steps.append([*ids, *words])
        for changed in entry["modifiedProperties"]:
            properties.append([*ids, *(changed[name] for name in ("displayName", "oldValue", "newValue"))])
    return {LOGS: _csv(logs), STEPS: _csv(steps), PROPERTIES: _csv(properties)}


def _csv(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
