"""How an answer counts, by SCIM operation: what is a success for a provider, what is an error and of which kind.

A status alone proves nothing: a server that ignores filters answers every match with 200 and the wrong people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SUCCESS: dict[str, tuple[int, ...]] = {
    "probe user": (200,),
    "match user": (200,),
    "match group": (200,),
    "create user": (200, 201),
    "create group": (200, 201),
    "add member": (200, 204),
    "set manager": (200, 204),
    "read user": (200,),
    "read group": (200,),
    "read page": (200,),
    "update user": (200, 204),
    "enable user": (200, 204),
    "disable user": (200, 204),
    "remove member": (200, 204),
}
THROTTLED = "429 wait"  # the name under which answers 429 are counted: the request is sent again
NO_ANSWER = "no answer"
TOO_LARGE = "answer too large"

# Says what is wrong with a parsed body, None for nothing.
Check = Callable[[Any], str | None]


def failure_of(operation: str, status: int, body: Any, check: Check) -> str | None:
    """None for a success, else a short name of the error such as `409 uniqueness`. Status 0: there was no answer."""
    if status in SUCCESS[operation]:
        return check(body)
    if not status:
        return NO_ANSWER
    scim_type = body.get("scimType") if isinstance(body, dict) else None
    return f"{status} {scim_type[:40]}" if isinstance(scim_type, str) else str(status)


def anything(_: Any) -> str | None:
    """A PATCH: 204 without a body and 200 with the resource are both right (RFC 7644 section 3.5.2)."""
    return None


def resource(body: Any) -> str | None:
    """A resource that was made: it has an id."""
    return None if _has_id(body) else "no id in the answer"


def nobody(body: Any) -> str | None:
    """The answer to a probe: an empty list, which may leave Resources out."""
    if not _is_list(body):
        return "no ListResponse"
    return "somebody found where nobody is" if body["totalResults"] or body.get("Resources") else None


def at_most_one(attribute: str, value: str) -> Check:
    """The answer to a match: nobody, or exactly the one whose attribute has the value (these are not caseExact)."""

    def check(body: Any) -> str | None:
        if not _is_list(body):
            return "no ListResponse"
        hits = body.get("Resources") or []
        if body["totalResults"] != len(hits):
            return "totalResults is not the number of Resources"
        if len(hits) > 1:
            return "more than one match"
        if hits and not _has_id(hits[0]):
            return "a match without id"
        if hits and str(hits[0].get(attribute, "")).casefold() != value.casefold():
            return "matched somebody else"
        return None

    return check


def _is_list(body: Any) -> bool:
    """RFC 7644 section 3.4.2: totalResults is a must, Resources a list where there are any."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("totalResults"), int)
        and isinstance(body.get("Resources") or [], list)
    )


def _has_id(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"] != ""
