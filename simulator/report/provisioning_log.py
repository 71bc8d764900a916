"""The provisioning log in the format of Microsoft Graph: one `provisioningObjectSummary` per object and cycle.

The log is made from the stream of a run. In addition to Graph's fields (docs/notes/entra.md 7.2), each entry has
`explanation` (what happened, in Scimulator's words), `advice` (what to do), and `exchanges` (the requests).
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
_NEXT = "Entra retries in the next cycle."
_SCIM = "SystemForCrossDomainIdentityManagement"
WHAT_FOLLOWS = {
    "Unauthorized": "Check the secret token. If the next connection test also fails, the job goes into quarantine.",
    "InsufficientRights": "Check the permissions of the token in the target. Entra retries at increasing intervals.",
    "EntryConflict": "Look for the object in the target by its matching attribute. Entra retries at increasing intervals.",
    f"{_SCIM}ServiceIncompatibleFiltering": (
        "The target reports that the value is already in use, but its filter does not find the resource. "
        "Fix the filter; see `scimulator check -k match`."
    ),
    f"{_SCIM}ServiceIncompatible": (
        "The target rejected the request, or its response is not a SCIM response. See `scimulator check -k entra`. "
        "In a connection test, this leads to quarantine."
    ),
    f"{_SCIM}MultipleEntriesInResponse": (
        "The target returned more than the request asked for. Check its support for excludedAttributes and filters."
    ),
    f"{_SCIM}BadRequest": (
        "See `scimulator check -k entra`. Entra retries after 0, 6, 12, and 24 hours, then daily for 28 days."
    ),
    f"{_SCIM}InvalidCredentials": (
        "Check the secret token. The job is in quarantine: Entra retries at increasing intervals and disables the job after "
        "four weeks."
    ),
    "DuplicateTargetEntries": "Make the matching attribute unique in the target.",
    "ImportSkipped": "Set the matching attribute of the user in the directory.",
    "TooManyRequests": f"{_NEXT} A target must accept at least 25 requests per second.",
    "Timeout": _NEXT,
    "WebExceptionProtocolError": _NEXT,
    "InternalServerError": _NEXT,
    "InvalidAnchor": "Restart the job to drop the link to the deleted object.",
    "InternalError": "Correct the expression in the mapping, or its input value.",
}


class LogReader:
    """Turns the events of a run, in order, into log entries."""

    def __init__(self) -> None:
        self._run = self._job = ""
        self._is_entra = True
        self._exchanges: dict[int, ExchangeEvent] = {}
        self._user_names: dict[str, str] = {}
        self._read = 0

    def entry(self, event: Event) -> LogEntry | None:
        """The log entry that this event completes, or None."""
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
    """The log entries of a run, in the order of the stream."""
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
    """A target attribute's name in step details: without dots and colons, as in Entra's log."""
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
