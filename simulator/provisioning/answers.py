"""Classifies the responses of a target into faults, which each provider reports in its own terms."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from simulator.wire.exchange import Exchange

TRANSIENT = frozenset({408, 429})


class Fault(Enum):
    """Why an object could not be provisioned."""

    REJECTED = auto()  # unexpected status
    CREDENTIALS = auto()  # the connection test got 401 or 403
    TIMED_OUT = auto()
    NO_ANSWER = auto()
    NOT_SCIM = auto()  # the response does not have the format of RFC 7644
    CONFLICT_AFTER_MATCH = auto()  # a 409, although the filter found nothing
    SEVERAL_MATCHES = auto()
    DUPLICATE_ENTRIES = auto()  # the same, under the name that a setting of Entra gives it
    UNWANTED_MEMBERS = auto()  # members were returned although the request excluded them
    NO_MATCHING_VALUE = auto()  # the source has no value for any matching attribute
    DUPLICATE_SOURCE = auto()  # another user of the source has the same matching value
    MISSING_VALUES = auto()  # the source has no value for an attribute that the target requires
    LINK_LOST = auto()  # the linked resource is no longer in the target
    MAPPING = auto()  # a value cannot be made, or cannot be asked for


class Failed(Exception):
    """One object could not be provisioned; its change is retried later. `reason` is a sentence for administrators.

    `expected` is what the response should have contained, if the provider's own message does not state it.
    """

    def __init__(
        self,
        fault: Fault,
        reason: str,
        exchange: Exchange | None = None,
        *,
        transient: bool = False,
        expected: str = "",
    ) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason
        self.exchange = exchange
        self.transient = transient
        self.expected = expected

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the target may have made the change although no response confirms it.

        The response is missing, reports an error of the server, or reports success and cannot be used.
        """
        if self.exchange is None or self.exchange.method == "GET":
            return False
        status = self.exchange.status
        return status is None or status < 300 or (status >= 500 and status != 501)


def expect(exchange: Exchange, *statuses: int, conflict_after_match: bool = False) -> None:
    """Raise Failed unless the response has one of these statuses."""
    status = exchange.status
    if status in statuses:
        return
    operation = exchange.cause.get("operation", "request")
    if status is None:
        fault = Fault.TIMED_OUT if exchange.timed_out else Fault.NO_ANSWER
        raise Failed(fault, f"{operation}: {exchange.failure}", exchange, transient=True)
    fault = Fault.CONFLICT_AFTER_MATCH if status == 409 and conflict_after_match else Fault.REJECTED
    detail = detail_of(exchange)
    told = f"{operation}: the target returned {status}" + (f" ({detail})" if detail else "")
    if 300 <= status < 400:
        told += "; redirects are not followed, because they would receive the token"
    raise Failed(fault, told, exchange, transient=(status >= 500 and status != 501) or status in TRANSIENT)


def listed(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources of a ListResponse. Raises Failed for any other response."""
    expect(exchange, 200)
    body = exchange.response_json()
    resources = body.get("Resources") if isinstance(body, dict) else None
    if isinstance(body, dict) and resources is None:
        resources = []
    total = body.get("totalResults") if isinstance(body, dict) else None
    if not isinstance(resources, list) or not isinstance(total, int) or isinstance(total, bool):
        raise Failed(Fault.NOT_SCIM, "the response to a filter is not a ListResponse", exchange)
    return [resource for resource in resources if isinstance(resource, dict)]


def resource_of(exchange: Exchange, client: str) -> dict[str, Any]:
    """The resource in a response. Raises Failed if it has no id. `client` is the name of the provider for messages."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Failed(Fault.NOT_SCIM, "the response contains no resource with an id", exchange)
    for name, value in body.items():
        manager = value.get("manager") if isinstance(value, dict) else None
        if name.lower().endswith("enterprise:2.0:user") and isinstance(manager, str) and manager:
            raise Failed(
                Fault.NOT_SCIM, f"the manager in the response is a string, but {client} requires an object", exchange
            )
    return body


def detail_of(exchange: Exchange) -> str:
    """The `detail` of a SCIM error (RFC 7644 section 3.12), up to 200 characters; empty if there is none."""
    body = exchange.response_json()
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail[:200] if isinstance(detail, str) else ""


class ConnectionTestFailed(Exception):
    """The connection test failed, and the job is in quarantine."""

    def __init__(self, failure: Failed, exchange: Exchange) -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.exchange = exchange


def connection_test_failed(exchange: Exchange, failure: Failed) -> ConnectionTestFailed:
    """The failure of a connection test, with a message for administrators."""
    fault, reason = failure.fault, f"The connection test failed: {failure.reason}"
    if exchange.status in (401, 403):
        fault = Fault.CREDENTIALS
        reason = (
            f"Invalid credentials: the target returned {exchange.status}. Check the tenant URL and the secret token."
        )
    elif exchange.status is None:
        reason = f"The target cannot be reached: {exchange.failure}"
    elif exchange.status == 404:
        fault = Fault.NOT_SCIM
        reason = (
            "The target returned 404 for a filter without a match. A SCIM endpoint must return 200 with an empty list."
        )
    elif exchange.status == 200:
        fault = Fault.NOT_SCIM
        shown = exchange.response_body[:200].decode("utf-8", "replace")
        reason = (
            f"The response of the SCIM endpoint cannot be deserialized ({failure.reason}). The response was: {shown}"
        )
    return ConnectionTestFailed(Failed(fault, reason, exchange, transient=False), exchange)
