"""The provisioning log as in Graph: one `provisioningObjectSummary` for each object and cycle (docs/notes/entra.md 7.2).

A reader of a run's stream. Beside Graph's fields each entry holds what Entra never shows: `explanation` (what happened, in
our words), `advice` (what to do), and `exchanges`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import regex

from simulator.report.log_entry import LogEntry, LoggedExchange, ProvisioningStep, StatusInfo
from simulator.report.portal_text import portal_reason
from simulator.stream.events import EntryEvent, Event, ExchangeEvent

_NAMESPACE = uuid.UUID("0f6f3a9e-3f0b-4a4d-9f6d-6a1f6f7f5c21")
_NO_DOTS = regex.compile(r'[.:](?=(?:[^"]*"[^"]*")*[^"]*$)')
APP = "Scimulator"
SOURCE, TARGET = "Microsoft Entra ID", "customappsso"
SENTENCES = {
    "EntryImport": "Retrieved {what} '{name}' from {system}",
    "no match": "No {what} matching '{name}' was found in {system}",
    "EntryImportDelete": "Received {what} '{name}' change of type (Delete) from Microsoft Entra ID",
    "EntryEscrowRetry": (
        "We are retrying an operation that previously failed.\r\nIdentifier: {id}\r\nObject type: {what}\r\n"
        "Directory: Microsoft Entra ID"
    ),
    "EntrySynchronizationScoping": "Determine if {what} in scope by evaluating against each scoping filter",
    "EntrySynchronizationAdd": (
        "{what} '{name}' will be created in {app} ({what} is active and assigned in Microsoft Entra ID, "
        "but no matching {what} was found in {app})"
    ),
    "EntrySynchronizationUpdate": "{what} '{name}' will be updated in {app}",
    "EntrySynchronizationDisable": "{what} '{name}' will be disabled in {app}",
    "EntrySynchronizationSkip": "{reason}",
    "EntryExportAdd": "{what} '{name}' was created in {app}",
    "EntryExportUpdate": "{what} '{name}' was updated in {app}",
    "EntryExportDelete": "{what} '{name}' was deleted in {app}",
}
FAILED = {
    "EntryExportAdd": "Failed to create {what} '{name}' in {app}",
    "EntryExportUpdate": "Failed to update {what} '{name}' in {app}",
    "EntryExportDelete": "Failed to delete {what} '{name}' in {app}",
}
NOT_EXPORTED = (
    "A property of an entry was not exported, because exporting the property is not supported for this operation: Add. "
    "The entry is {name}. The property is {property}."
)
_NEXT = "Entra tries again in its next cycle."
_SCIM = "SystemForCrossDomainIdentityManagement"
WHAT_FOLLOWS = {
    "Unauthorized": "If the next connection test fails as well, the job is quarantined. Check the secret token.",
    "InsufficientRights": "Retried ever more rarely. Look at what the token may do in the target.",
    "EntryConflict": "Retried ever more rarely. Look for the object in the target by its matching attribute.",
    f"{_SCIM}ServiceIncompatibleFiltering": (
        "The target says it is taken, and its filter found nobody: the filter has to find it. "
        "See `scimulator check -k match`."
    ),
    f"{_SCIM}ServiceIncompatible": (
        "The target rejected the request, or its answer is not SCIM; on a connection test it is quarantine. "
        "See `scimulator check -k entra`."
    ),
    f"{_SCIM}MultipleEntriesInResponse": "The target answered with more than was asked for: excludedAttributes, or a filter.",
    f"{_SCIM}BadRequest": "Retried after 0, 6, 12, 24 hours, then daily for 28 days. See `scimulator check -k entra`.",
    f"{_SCIM}InvalidCredentials": "The job is quarantined: retried ever more rarely, and disabled after four weeks.",
    "DuplicateTargetEntries": "Make the matching attribute unique in the target.",
    "ImportSkipped": "Give the person a value for a matching attribute.",
    "TooManyRequests": f"{_NEXT} A target has to take 25 requests a second.",
    "Timeout": _NEXT,
    "WebExceptionProtocolError": _NEXT,
    "InternalServerError": _NEXT,
    "InvalidAnchor": "Restart the job: the link to an object that is gone is then dropped.",
    "InternalError": "Mend the mapping's expression, or the value it is given.",
}


class LogReader:
    """Reads a run's events in order and gives a log entry for each turn of an object."""

    def __init__(self) -> None:
        self._run = self._job = ""
        self._is_entra = True
        self._exchanges: dict[int, ExchangeEvent] = {}
        self._user_names: dict[str, str] = {}
        self._read = 0

    def entry(self, event: Event) -> LogEntry | None:
        """The log entry that this event completes, None for an event that completes none."""
        if event["event"] == "run":
            self._run = f"{event['seed']}/{event['target']['url']}"
            self._job = f"scim.{_id(self._run, 'tenant').replace('-', '')}.{_id(self._run, 'app')}"
            self._is_entra = event["tool"] == "simulate" and event["settings"]["idp"] == "entra"
        elif event["event"] == "person":
            self._user_names[event["id"]] = event["user_name"]
        elif event["event"] == "exchange":
            self._exchanges[event["number"]] = event
        elif event["event"] == "entry":
            own = [self._exchanges[number] for number in event["exchanges"]]
            self._exchanges.clear()
            self._read += 1
            made = _entry(event, own, self._run, self._job, self._read, is_entra=self._is_entra)
            user_name = self._user_names.get(event["person"] or "")
            if user_name is not None:
                made["sourceIdentity"]["details"]["UserPrincipalName"] = user_name
            return made
        return None


def log_entries(events: Iterable[Event]) -> Iterator[LogEntry]:
    """The log of a run, in the order it came about."""
    reader = LogReader()
    for event in events:
        entry = reader.entry(event)
        if entry is not None:
            yield entry


def _entry(
    event: EntryEvent, exchanges: list[ExchangeEvent], run: str, job: str, number: int, *, is_entra: bool
) -> LogEntry:
    what = "Group" if event["group"] else "User"
    app_id, principal = _id(run, "app"), _id(run, "principal")
    source_id = event["group"] or event["person"] or ""
    worded = portal_reason(exchanges) if is_entra and event["status"] == "Failure" else None
    started = min((exchange["started_at"] for exchange in exchanges), default=None)
    return {
        "id": _id(run, f"entry/{number}"),
        "activityDateTime": _moment(event["at"]),
        "tenantId": _id(run, "tenant"),
        "jobId": job,
        "cycleId": _id(run, f"cycle/{event['cycle']}"),
        "changeId": _id(run, f"change/{event['cycle']}/{event['kind']}/{source_id}"),
        "provisioningAction": event["action"].lower(),
        "durationInMilliseconds": _duration(exchanges, started),
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
        "servicePrincipal": {"id": principal, "displayName": APP},
        "sourceSystem": {"id": _id(run, "source"), "displayName": SOURCE, "details": {}},
        "targetSystem": {
            "id": _id(run, "target"),
            "displayName": TARGET,
            "details": {
                "ApplicationId": app_id,
                "ServicePrincipalId": principal,
                "ServicePrincipalDisplayName": APP,
            },
        },
        "sourceIdentity": {
            "id": source_id,
            "displayName": event["name"],
            "identityType": what,
            "details": {"id": source_id, "odatatype": what, "DisplayName": event["name"]},
        },
        "targetIdentity": {
            "id": event["target_id"],
            "displayName": "",
            "identityType": what,
            "details": {},
        },
        "modifiedProperties": [
            {"displayName": name, "oldValue": _text(old), "newValue": _text(new)}
            for name, old, new in event["modified"]
        ],
        "provisioningStatusInfo": _status(event, worded),
        "provisioningSteps": _steps(event, what, worded),
        "explanation": event["reason"],
        "advice": WHAT_FOLLOWS.get(event["error_code"] or "") if event["status"] in ("Failure", "Warning") else None,
        "exchanges": [_exchange(exchange) for exchange in exchanges],
    }


def _status(event: EntryEvent, worded: str | None) -> StatusInfo:
    status = event["status"].lower()
    if status in ("success", "skipped"):
        return {"status": status, "errorInformation": None}
    code, reason = event["error_code"] or "", worded or event["reason"]
    if event["next_attempt"]:
        reason += (
            f"{'.' if worded else ''} This operation was retried {event['tries']} times."
            f" It will be retried again after this date: {_moment(event['next_attempt'])} UTC"
        )
    return {
        "status": status,
        "errorInformation": {
            "errorCode": code,
            "reason": reason,
            "additionalDetails": None,
            "errorCategory": "nonServiceFailure",
            "recommendedAction": None,
        },
    }


def _steps(event: EntryEvent, what: str, worded: str | None) -> list[ProvisioningStep]:
    steps: list[ProvisioningStep] = []
    for name, kind, status, details in event["steps"]:
        system = TARGET if kind == "matching" else SOURCE
        if details.get("hits") == "0":
            name = "no match"
        words = FAILED.get(name, SENTENCES.get(name, name)) if status == "Failure" else SENTENCES.get(name, name)
        said = {"what": what, "name": event["name"], "app": APP, "system": system, "reason": event["reason"]}
        said |= {"id": event["group"] or event["person"] or "", "property": details.get("Property", "")}
        if said["property"]:
            words = NOT_EXPORTED
        if status == "Failure" and worded:
            words, details = words + "; Error: {worded}", {**details, "Reason": worded}
        if kind == "export" and status == "Success":
            details = {**details, **{_step_name(path): _text(new) for path, _, new in event["modified"]}}
        steps.append(
            {
                "name": "EntryImport" if name == "no match" else name,
                "provisioningStepType": kind,
                "status": status.lower(),
                "description": details["Reason"]
                if status == "Warning" and "Reason" in details
                else words.format(**said, worded=worded),
                "details": details,
            }
        )
    return steps


def _exchange(event: ExchangeEvent) -> LoggedExchange:
    return {
        "number": event["number"],
        "method": event["method"],
        "url": event["url"],
        "request_body": event["request_body"],
        "status": event["status"],
        "response_body": event["response_body"],
        "duration_ms": event["duration_ms"],
        "failure": event["failure"],
    }


def _step_name(path: str) -> str:
    """Target attributes lose their dots and colons in step details, as the real log's do."""
    return _NO_DOTS.sub("", path)


def _duration(exchanges: list[ExchangeEvent], started: str | None) -> int:
    if started is None:
        return 0
    last = max(exchanges, key=lambda exchange: exchange["started_at"])
    begun, ended = datetime.fromisoformat(started), datetime.fromisoformat(last["started_at"])
    return int((ended - begun).total_seconds() * 1000 + float(last["duration_ms"]))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(text: str) -> str:
    return text.replace("+00:00", "Z")


def _id(run: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{run}/{name}"))
