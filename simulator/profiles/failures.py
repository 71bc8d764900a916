"""How providers other than Entra ID report failures to their administrators.

Most providers show the HTTP status phrase of the response (RFC 9110 section 15). For some, the exact message is known; these
are the `failures` of a profile. Only Entra ID is known to have error codes of its own.
"""

from __future__ import annotations

from http import HTTPStatus

from simulator.profiles.profile import Profile
from simulator.provisioning.answers import Failed, Fault, detail_of

APP = "Scimulator"
_NAMES = {
    Fault.TIMED_OUT: "Timeout",
    Fault.NO_ANSWER: "No response",
    Fault.NOT_SCIM: "Invalid response",
    Fault.NO_MATCHING_VALUE: "No matching value",
    Fault.SEVERAL_MATCHES: "Several matches",
    Fault.LINK_LOST: "Not Found",
    Fault.UNWANTED_MEMBERS: "Invalid response",
    Fault.MAPPING: "Mapping error",
}


def failure_name(failure: Failed) -> str:
    """A short name of a failure, such as `409 Conflict` or `Timeout`."""
    if failure.fault in _NAMES:
        return _NAMES[failure.fault]
    status = failure.exchange.status if failure.exchange else None
    return "No response" if status is None else f"{status} {_phrase(status)}".strip()


def failure_reason(profile: Profile, failure: Failed, name: str, user_name: str) -> str:
    """The message for administrators. `name` is that of the user or group, `user_name` the user name."""
    exchange = failure.exchange
    if exchange is None or exchange.cause.get("operation", "") not in profile.failures:
        return failure.reason
    problem = exchange.failure or (failure.reason if exchange.status is None else _phrase(exchange.status))
    if failure.fault is Fault.NOT_SCIM:
        problem = failure.reason
    detail = detail_of(exchange)
    if detail:
        problem += f". Errors reported by remote server: {detail}"
    template = profile.failures[exchange.cause["operation"]]
    return template.format(name=name, user_name=user_name or name, app=APP, problem=problem)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
