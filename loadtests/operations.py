"""How an answer counts, by SCIM operation: what is a success for a provider, what is an error and of which kind."""

from __future__ import annotations

from typing import Any

SUCCESS: dict[str, tuple[int, ...]] = {
    "probe user": (200,),
    "match user": (200,),
    "match group": (200,),
    "create user": (200, 201),
    "create group": (200, 201),
    "add member": (200, 204),
    "set manager": (200, 204),
}


def failure_of(operation: str, status: int, body: Any) -> str | None:
    """None for a success, else a short name of the error such as `409 uniqueness`."""
    if status in SUCCESS[operation]:
        if operation.startswith("create") and not (isinstance(body, dict) and isinstance(body.get("id"), str)):
            return "no id in the answer"
        if operation.startswith(("match", "probe")) and not (isinstance(body, dict) and "totalResults" in body):
            return "no ListResponse"
        return None
    scim_type = body.get("scimType") if isinstance(body, dict) else None
    return f"{status or 'no answer'}{f' {scim_type}' if isinstance(scim_type, str) else ''}"
