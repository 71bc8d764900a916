"""Classifies the answers of a target: what is wrong with one, in terms that each provider translates into its own."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from simulator.wire.exchange import Exchange

TRANSIENT = frozenset({408, 429})


class Fault(Enum):
    """Why an object could not be provisioned."""

    REJECTED = auto()  # answered with another status than expected
    CREDENTIALS = auto()  # the connection test was answered 401 or 403
    TIMED_OUT = auto()
    NO_ANSWER = auto()
    NOT_SCIM = auto()  # the answer has another shape than RFC 7644 gives it
    CONFLICT_AFTER_MATCH = auto()  # a 409, although the filter found nobody
    SEVERAL_MATCHES = auto()
    DUPLICATE_ENTRIES = auto()  # the same, under the name that a setting of Entra gives it
    UNWANTED_MEMBERS = auto()  # members came although they were excluded
    NO_MATCHING_VALUE = auto()  # the source has no value for any matching attribute
    DUPLICATE_SOURCE = auto()  # another user of the source has the same matching value
    MISSING_VALUES = auto()  # the source has no value for an attribute that the target requires
    LINK_LOST = auto()  # the linked resource is no longer in the target
    MAPPING = auto()  # a value cannot be made, or cannot be asked for


class Failed(Exception):
    """One object could not be provisioned; its change goes to escrow. `reason` is a sentence for people.

    `expected` says what the answer should have held, where the provider's own sentence does not.
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


def expect(exchange: Exchange, *statuses: int, conflict_after_match: bool = False) -> None:
    """Raise Failed unless the answer has one of these statuses."""
    status = exchange.status
    if status in statuses:
        return
    operation = exchange.cause.get("operation", "request")
    if status is None:
        fault = Fault.TIMED_OUT if "within" in (exchange.failure or "") else Fault.NO_ANSWER
        raise Failed(fault, f"{operation}: {exchange.failure}", exchange, transient=True)
    fault = Fault.CONFLICT_AFTER_MATCH if status == 409 and conflict_after_match else Fault.REJECTED
    detail = detail_of(exchange)
    told = f"{operation}: answered {status}" + (f" ({detail})" if detail else "")
    if 300 <= status < 400:
        told += "; a redirect is never followed, since the token would go along"
    raise Failed(fault, told, exchange, transient=(status >= 500 and status != 501) or status in TRANSIENT)


def listed(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources of a ListResponse; raises Failed for anything else."""
    expect(exchange, 200)
    body = exchange.response_json()
    resources = body.get("Resources") if isinstance(body, dict) else None
    if isinstance(body, dict) and resources is None:
        resources = []
    total = body.get("totalResults") if isinstance(body, dict) else None
    if not isinstance(resources, list) or not isinstance(total, int) or isinstance(total, bool):
        raise Failed(Fault.NOT_SCIM, "the answer to a filter is no ListResponse", exchange)
    return [resource for resource in resources if isinstance(resource, dict)]


def resource_of(exchange: Exchange, client: str) -> dict[str, Any]:
    """The resource of an answer with its id; raises Failed for anything else. `client` names the provider in messages."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Failed(Fault.NOT_SCIM, "the answer holds no resource with an id", exchange)
    for name, value in body.items():
        manager = value.get("manager") if isinstance(value, dict) else None
        if name.lower().endswith("enterprise:2.0:user") and isinstance(manager, str) and manager:
            raise Failed(Fault.NOT_SCIM, f"the manager came as a text where {client} demands an object", exchange)
    return body


def detail_of(exchange: Exchange) -> str:
    """The `detail` of a SCIM error (RFC 7644 section 3.12), cut to 200 characters; empty where there is none."""
    body = exchange.response_json()
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail[:200] if isinstance(detail, str) else ""


class ConnectionTestFailed(Exception):
    """The probe at the start of an activity failed: the job is quarantined."""

    def __init__(self, failure: Failed, exchange: Exchange) -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.exchange = exchange


def connection_test_failed(exchange: Exchange, failure: Failed) -> ConnectionTestFailed:
    """What an administrator is told of a probe that was not answered as expected."""
    fault, reason = failure.fault, f"The connection test was answered {failure.reason}"
    if exchange.status in (401, 403):
        fault = Fault.CREDENTIALS
        reason = (
            f"Invalid credentials: the target answered {exchange.status}. Check the tenant URL and the secret token."
        )
    elif exchange.status is None:
        reason = f"The target cannot be reached: {exchange.failure}"
    elif exchange.status == 404:
        fault = Fault.NOT_SCIM
        reason = (
            "The target answered 404 to a filter that finds nobody; a SCIM endpoint answers 200 with an empty list."
        )
    elif exchange.status == 200:
        fault = Fault.NOT_SCIM
        shown = exchange.response_body[:200].decode("utf-8", "replace")
        reason = f"The answer of the SCIM endpoint cannot be deserialized ({failure.reason}). It was: {shown}"
    return ConnectionTestFailed(Failed(fault, reason, exchange, transient=False), exchange)
