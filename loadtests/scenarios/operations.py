"""Judges responses by SCIM operation: which are successes for a provider, and which kind of error the others are.

The status alone is not enough: a server that ignores filters returns 200 with the wrong users.
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
THROTTLED = "429 wait"  # the name under which responses 429 are counted; the request is retried
NO_ANSWER = "no response"
TOO_LARGE = "response too large"

# Returns what is wrong with a parsed body, or None.
Check = Callable[[Any], str | None]


def failure_of(operation: str, status: int, body: Any, check: Check) -> str | None:
    """None for a success, or a short name of the error such as `409 uniqueness`. Status 0: no response."""
    if status in SUCCESS[operation]:
        return check(body)
    if not status:
        return NO_ANSWER
    scim_type = body.get("scimType") if isinstance(body, dict) else None
    return f"{status} {scim_type[:40]}" if isinstance(scim_type, str) else str(status)


def anything(_: Any) -> str | None:
    """Accept any body: PATCH may return 204 without a body or 200 with the resource (RFC 7644 section 3.5.2)."""
    return None


def resource(body: Any) -> str | None:
    """Check that a created resource has an id."""
    return None if _has_id(body) else "no id in the response"


def nobody(body: Any) -> str | None:
    """Check that the response to a connection test is an empty list; it may omit Resources."""
    if not _is_list(body):
        return "not a ListResponse"
    return "found a user that does not exist" if body["totalResults"] or body.get("Resources") else None


def at_most_one(attribute: str, value: str) -> Check:
    """A check that a filter found nothing or exactly the resource with this value (case-insensitive)."""

    def check(body: Any) -> str | None:
        if not _is_list(body):
            return "not a ListResponse"
        hits = body.get("Resources") or []
        if body["totalResults"] != len(hits):
            return "totalResults is not the number of Resources"
        if len(hits) > 1:
            return "more than one match"
        if hits and not _has_id(hits[0]):
            return "match without id"
        if hits and str(hits[0].get(attribute, "")).casefold() != value.casefold():
            return "matched a different resource"
        return None

    return check


def _is_list(body: Any) -> bool:
    """Whether the body is a list: totalResults is required, Resources only if there are any (RFC 7644 section 3.4.2)."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("totalResults"), int)
        and isinstance(body.get("Resources") or [], list)
    )


def _has_id(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"] != ""
