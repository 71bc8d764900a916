"""An entry of the provisioning log, field by field as Microsoft Graph's `provisioningObjectSummary` has it (LOGS)."""

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
    """A changed attribute with its values as text."""

    displayName: str
    oldValue: str | None
    newValue: str | None


class ErrorInformation(TypedDict):
    """Why an entry failed or warns."""

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
    """A request of the entry, which Entra's log never shows."""

    number: int
    method: str
    url: str
    request_body: str | None
    status: int | None
    response_body: str | None
    duration_ms: float
    failure: str | None


class LogEntry(TypedDict):
    """What one cycle did with one user or group."""

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
