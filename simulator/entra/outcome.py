"""What Entra makes of an answer: the error codes of its provisioning log (entra.md 6.1)."""

from __future__ import annotations

from typing import Any

from simulator.wire.exchange import Exchange

BY_STATUS = {
    400: "SystemForCrossDomainIdentityManagementBadRequest",
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    409: "EntryConflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}
INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"


class Failed(Exception):
    """One object could not be provisioned; its change goes to escrow."""

    def __init__(self, code: str, reason: str, exchange: Exchange | None = None, *, transient: bool = False) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.exchange = exchange
        self.transient = transient


def expect(exchange: Exchange, *statuses: int) -> None:
    """Raise Failed with the log's code unless the answer has one of these statuses."""
    if exchange.status in statuses:
        return
    operation = exchange.cause.get("operation", "request")
    if exchange.status is None:
        code = "Timeout" if "within" in (exchange.failure or "") else "WebExceptionProtocolError"
        raise Failed(code, f"{operation}: {exchange.failure}", exchange, transient=True)
    code = BY_STATUS.get(exchange.status, "InternalServerError" if exchange.status >= 500 else INCOMPATIBLE)
    transient = exchange.status >= 500 or exchange.status == 429
    raise Failed(code, f"{operation}: answered {exchange.status}{_detail(exchange)}", exchange, transient=transient)


def listed(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources of a ListResponse; raises Failed for anything else."""
    expect(exchange, 200)
    body = exchange.response_json()
    resources = body.get("Resources", []) if isinstance(body, dict) else None
    if not isinstance(resources, list) or not isinstance(body.get("totalResults"), int):
        raise Failed(INCOMPATIBLE, "the answer to a filter is no ListResponse", exchange)
    return [resource for resource in resources if isinstance(resource, dict)]


def resource_of(exchange: Exchange) -> dict[str, Any]:
    """The resource of an answer with its id; raises Failed for anything else."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Failed(INCOMPATIBLE, "the answer holds no resource with an id", exchange)
    return body


def _detail(exchange: Exchange) -> str:
    body = exchange.response_json()
    detail = body.get("detail") if isinstance(body, dict) else None
    return f" ({detail[:200]})" if isinstance(detail, str) else ""
