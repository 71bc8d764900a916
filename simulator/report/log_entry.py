"""An entry of the provisioning log, with the fields of Microsoft Graph's `provisioningObjectSummary`.

See https://learn.microsoft.com/graph/api/resources/provisioningobjectsummary.
"""

from __future__ import annotations

from typing import Any, TypedDict


class System(TypedDict):
    """The directory or the target."""

    id: str
    displayName: str
    details: dict[str, str]


class Principal(TypedDict):
    """The application's service principal."""

    id: str
    displayName: str


class Initiator(TypedDict):
    """Who started the provisioning."""

    id: str
    displayName: str
    initiatorType: str


class Identity(TypedDict):
    """A user or group in one of the two systems."""

    id: str
    displayName: str
    identityType: str
    details: dict[str, str]


class ModifiedProperty(TypedDict):
    """A changed attribute with its values as strings."""

    displayName: str
    oldValue: str | None
    newValue: str | None


class ErrorInformation(TypedDict):
    """Why an entry is a failure or a warning."""

    errorCode: str
    reason: str
    additionalDetails: None
    errorCategory: str
    recommendedAction: None


class StatusInfo(TypedDict):
    """The result: success, failure, skipped, or warning."""

    status: str
    errorInformation: ErrorInformation | None


class ProvisioningStep(TypedDict):
    """One step: import, scoping, matching, processing, referenceResolution, or export."""

    name: str
    provisioningStepType: str
    status: str
    description: str
    details: dict[str, Any]


class LoggedExchange(TypedDict):
    """A request of the entry. Entra's log has no such field."""

    number: int
    method: str
    url: str
    request_body: str | None
    status: int | None
    response_body: str | None
    duration_ms: float
    failure: str | None


class LogEntry(TypedDict):
    """The result of one cycle for one user or group."""

    id: str
    activityDateTime: str
    tenantId: str
    jobId: str
    cycleId: str
    changeId: str
    provisioningAction: str
    durationInMilliseconds: int
    initiatedBy: Initiator
    servicePrincipal: Principal
    sourceSystem: System
    targetSystem: System
    sourceIdentity: Identity
    targetIdentity: Identity
    modifiedProperties: list[ModifiedProperty]
    provisioningStatusInfo: StatusInfo
    provisioningSteps: list[ProvisioningStep]
    explanation: str
    advice: str | None
    exchanges: list[LoggedExchange]
