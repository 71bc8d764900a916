"""The error codes of Entra's provisioning log for each kind of wrong response (LOGS; docs/notes/entra.md 6.1)."""

from __future__ import annotations

from simulator.provisioning.answers import Failed, Fault

_SCIM = "SystemForCrossDomainIdentityManagement"
INCOMPATIBLE = f"{_SCIM}ServiceIncompatible"
BY_STATUS = {
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    408: "Timeout",
    409: "EntryConflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}
BY_FAULT = {
    Fault.CREDENTIALS: f"{_SCIM}InvalidCredentials",
    Fault.TIMED_OUT: "Timeout",
    Fault.NO_ANSWER: "WebExceptionProtocolError",
    Fault.NOT_SCIM: INCOMPATIBLE,
    Fault.CONFLICT_AFTER_MATCH: f"{_SCIM}ServiceIncompatibleFiltering",
    Fault.SEVERAL_MATCHES: f"{_SCIM}MultipleEntriesInResponse",
    Fault.DUPLICATE_ENTRIES: "DuplicateTargetEntries",
    Fault.UNWANTED_MEMBERS: f"{_SCIM}MultipleEntriesInResponse",
    Fault.NO_MATCHING_VALUE: "ImportSkipped",
    Fault.DUPLICATE_SOURCE: "DuplicateSourceEntries",
    Fault.MISSING_VALUES: "MissingValues",
    Fault.LINK_LOST: "InvalidAnchor",
    Fault.MAPPING: "InternalError",
}


def error_code(failure: Failed, *, bad_request: str = "ServiceIncompatible") -> str:
    """The error code of a failure. `bad_request` is the code for a 400 response, which was different in 2019."""
    if failure.fault in BY_FAULT:
        return BY_FAULT[failure.fault]
    status = (failure.exchange.status if failure.exchange else None) or 0
    if status == 400:
        return f"{_SCIM}{bad_request}"
    return BY_STATUS.get(status, "InternalServerError" if status >= 500 else INCOMPATIBLE)
