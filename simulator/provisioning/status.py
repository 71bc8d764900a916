"""The job's status document: Graph's synchronizationJob with its schedule and synchronizationStatus (docs/notes/entra.md 7.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from simulator.mapping.target_path import ENTERPRISE_URN, GROUP_URN
from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.job import Job

NEVER = "0001-01-01T00:00:00Z"


class SynchronizationJob(TypedDict):
    """Graph's `synchronizationJob`, as far as the simulator knows it."""

    id: str
    schedule: dict[str, Any]
    status: dict[str, Any]


def job_status(job: Job, report: CycleReport) -> SynchronizationJob:
    """The status document after a cycle, with Graph's names. Times are ISO 8601 in UTC."""
    state, history = job.state, job.state.history
    quarantine = None if state.quarantine is None else state.quarantine.to_json()
    return {
        "id": "scim.scimulator",
        "schedule": {
            "interval": f"PT{job.settings.cycle_minutes}M",
            "state": "Disabled" if state.is_disabled or state.is_paused else "Active",
            "expiration": None,
        },
        "status": {
            "code": _code(job),
            "countSuccessiveCompleteFailures": 0 if state.quarantine is None else state.quarantine.series_count,
            "escrowsPruned": report.escrows_pruned,
            "lastExecution": _execution(report),
            "lastSuccessfulExecution": history.successful and _execution(history.successful),
            "lastSuccessfulExecutionWithExports": history.successful_with_exports
            and _execution(history.successful_with_exports),
            "progress": [],
            "quarantine": quarantine,
            "steadyStateFirstAchievedTime": _ended(history.steady_first),
            "steadyStateLastAchievedTime": _ended(history.steady_last),
            "synchronizedEntryCountByType": [
                {"key": f"User to {ENTERPRISE_URN}", "value": len(state.users)},
                {"key": f"Group to {GROUP_URN}", "value": len(state.groups)},
            ],
            "troubleshootingUrl": "",
        },
    }


def why_stopped(job: Job) -> str:
    """Why no further cycle follows, for a job that is stopped or disabled."""
    state = job.state
    reason = state.quarantine.message if state.quarantine else "an administrator stopped it"
    return f"disabled after four weeks in quarantine: {reason}" if state.is_disabled else reason


def _execution(report: CycleReport) -> dict[str, Any]:
    return {
        "activityIdentifier": f"cycle {report.number}",
        "countEntitled": report.entitled,
        "countEntitledForProvisioning": report.entitled,
        "countEscrowed": report.escrowed - report.escrowed_references,
        "countEscrowedRaw": report.escrowed,
        "countExported": report.exported,
        "countExports": report.exported,
        "countImported": report.imported,
        "countImportedDeltas": report.imported,
        "countImportedReferenceDeltas": report.failed_references,
        "state": "EntryLevelErrors" if report.failed else "Succeeded",
        "error": None,
        "timeBegan": _moment(report.at),
        "timeEnded": _moment(report.ended_at),
    }


def _ended(report: CycleReport | None) -> str:
    return NEVER if report is None else _moment(report.ended_at)


def _code(job: Job) -> str:
    if job.state.quarantine is not None:
        return "Quarantine"
    if job.state.is_paused or job.state.is_disabled:
        return "Paused"
    return "NotRun" if job.state.watermark is None else "Active"


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
