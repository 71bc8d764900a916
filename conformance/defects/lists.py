"""What defects of lists have in common: which requests are lists, and replies with other resources in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request

ENDPOINTS = ("/Users", "/Groups", "/")
Resource = dict[str, Any]


def is_list(request: Request, *paths: str) -> bool:
    """A GET of many resources."""
    return request.method == "GET" and request.path in (paths or ENDPOINTS)


def is_search(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/.search")


def asks(request: Request, text: str) -> bool:
    """Whether it is a list with this text in its filter."""
    return is_list(request) and text in request.filter


def with_filter(request: Request, text: str | None) -> Request:
    return request.with_parameters(filter=text)


def resources_of(reply: Reply) -> list[Resource]:
    """The resources of a list; none of anything else."""
    body = reply.json
    held = body.get("Resources") if reply.ok and isinstance(body, dict) else None
    return list(held) if isinstance(held, list) else []


def is_listing(reply: Reply) -> bool:
    return reply.ok and isinstance(reply.json, dict) and isinstance(reply.json.get("Resources"), list)


def with_resources(reply: Reply, resources: list[Resource]) -> Reply:
    """The list with these resources alone, and counted so."""
    if not is_listing(reply):
        return reply
    body = {**reply.json, "totalResults": len(resources), "itemsPerPage": len(resources), "Resources": resources}
    return reply.with_json(body)


def kept(reply: Reply, keep: Callable[[Resource], bool]) -> Reply:
    """The list with those alone that are kept."""
    return with_resources(reply, [resource for resource in resources_of(reply) if keep(resource)])


def told(reply: Reply, **members: Any) -> Reply:
    """The list with other members beside Resources; None takes one away."""
    if not is_listing(reply):
        return reply
    body = {**reply.json, **members}
    return reply.with_json({name: value for name, value in body.items() if value is not None or name not in members})


def by_cursor(request: Request) -> bool:
    """Whether it is a list by cursor (RFC 9865)."""
    return is_list(request) and "cursor" in request.parameters


def cursor_of(request: Request) -> str:
    return request.parameters.get("cursor", "")
