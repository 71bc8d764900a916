"""A SCIM request of the engine, and the requests that are the same for all providers (RFC 7644 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OWN_REQUEST = "X-Scimulator"  # in every request that is not the provider's; its value says what for
_SAFE_IN_ID = "-._~@:!$'()*,;="


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is relative to the base URL and percent-encoded; `operation` is its name in reports.

    `headers` are additional headers of this request.
    """

    method: str
    path: str
    body: dict[str, Any] | None
    operation: str
    headers: Mapping[str, str] = field(default_factory=dict)


def own(request: Request) -> Request:
    """The request marked as one of the run itself, which no provider sends."""
    return replace(request, headers={OWN_REQUEST: request.operation})


def read_user(target_id: str) -> Request:
    return Request("GET", resource_path("Users", target_id), None, "read user")


def read_group(target_id: str) -> Request:
    return Request("GET", resource_path("Groups", target_id) + "?excludedAttributes=members", None, "read group")


def delete_user(target_id: str) -> Request:
    return Request("DELETE", resource_path("Users", target_id), None, "delete user")


def delete_group(target_id: str) -> Request:
    return Request("DELETE", resource_path("Groups", target_id), None, "delete group")


def read_page(endpoint: str, start_index: int, count: int) -> Request:
    """Read one page of all resources. The provisioning engine itself never sends this request."""
    return Request("GET", f"{endpoint}?startIndex={start_index}&count={count}", None, "read page")


def resource_path(endpoint: str, id_: str) -> str:
    """The path of one resource. Its id comes from the target and can contain any character."""
    return f"/{endpoint}/{quote(id_, safe=_SAFE_IN_ID)}"


def patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a PATCH request (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH_URN], "Operations": operations}


def equals(attribute: str, value: str) -> str:
    """`attribute eq "value"`, form-encoded: spaces as + and quotation marks as %22."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f"{_until_value(attribute)}{quote_plus(escaped)}%22"  # encoding a value alone is quick if it needs none


@lru_cache(maxsize=64)
def _until_value(attribute: str) -> str:
    return quote_plus(f'{attribute} eq "')
