"""What Entra makes of an answer: the error codes of its provisioning log (LOGS; entra.md 6.1)."""

from __future__ import annotations

from typing import Any

from simulator.wire.exchange import Exchange

_SCIM = "SystemForCrossDomainIdentityManagement"
INCOMPATIBLE = f"{_SCIM}ServiceIncompatible"
CONFLICT_AFTER_MATCH = f"{_SCIM}ServiceIncompatibleFiltering"  # a 409 although the filter found nobody
MULTIPLE_ENTRIES = f"{_SCIM}MultipleEntriesInResponse"
BY_STATUS = {
    400: f"{_SCIM}BadRequest",
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
TRANSIENT = frozenset({408, 429})


class Failed(Exception):
    """One object could not be provisioned; its change goes to escrow."""

    def __init__(self, code: str, reason: str, exchange: Exchange | None = None, *, transient: bool = False) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.exchange = exchange
        self.transient = transient


def expect(exchange: Exchange, *statuses: int, conflict_after_match: bool = False) -> None:
    """Raise Failed with the log's code unless the answer has one of these statuses."""
    status = exchange.status
    if status in statuses:
        return
    operation = exchange.cause.get("operation", "request")
    if status is None:
        code = "Timeout" if "within" in (exchange.failure or "") else "WebExceptionProtocolError"
        raise Failed(code, f"{operation}: {exchange.failure}", exchange, transient=True)
    code = BY_STATUS.get(status, "InternalServerError" if status >= 500 else INCOMPATIBLE)
    if status == 409 and conflict_after_match:
        code = CONFLICT_AFTER_MATCH
    told = f"{operation}: answered {status}{_detail(exchange)}"
    if 300 <= status < 400:
        told += "; a redirect is never followed, since the token would go along"
    raise Failed(code, told, exchange, transient=(status >= 500 and status != 501) or status in TRANSIENT)


def listed(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources of a ListResponse; raises Failed for anything else."""
    expect(exchange, 200)
    body = exchange.response_json()
    resources = body.get("Resources") if isinstance(body, dict) else None
    if isinstance(body, dict) and resources is None:
        resources = []
    total = body.get("totalResults") if isinstance(body, dict) else None
    if not isinstance(resources, list) or not isinstance(total, int) or isinstance(total, bool):
        raise Failed(INCOMPATIBLE, "the answer to a filter is no ListResponse", exchange)
    return [resource for resource in resources if isinstance(resource, dict)]


def resource_of(exchange: Exchange) -> dict[str, Any]:
    """The resource of an answer with its id; raises Failed for anything else."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Failed(INCOMPATIBLE, "the answer holds no resource with an id", exchange)
    for name, value in body.items():
        manager = value.get("manager") if isinstance(value, dict) else None
        if name.lower().endswith("enterprise:2.0:user") and isinstance(manager, str) and manager:
            raise Failed(INCOMPATIBLE, "the manager came as a text where Entra demands an object", exchange)
    return body


def _detail(exchange: Exchange) -> str:
    body = exchange.response_json()
    detail = body.get("detail") if isinstance(body, dict) else None
    return f" ({detail[:200]})" if isinstance(detail, str) else ""
