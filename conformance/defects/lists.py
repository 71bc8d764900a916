"""Shared by defects in code: which requests ask for lists, and lists with other resources or members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request

ENDPOINTS = ("/Users", "/Groups", "/")
Resource = dict[str, Any]


def is_list(request: Request, *paths: str) -> bool:
    """Whether the request lists resources with GET."""
    return request.method == "GET" and request.path in (paths or ENDPOINTS)


def is_search(request: Request) -> bool:
    """Whether the request lists resources with POST .search."""
    return request.method == "POST" and request.path.endswith("/.search")


def asks(request: Request, text: str) -> bool:
    """Whether the request lists resources with a filter that contains this text."""
    return is_list(request) and text in request.filter


def with_filter(request: Request, text: str | None) -> Request:
    """The request with another filter; None removes it."""
    return request.with_parameters(filter=text)


def resources_of(reply: Reply) -> list[Resource]:
    """The resources of a list; an empty list for any other reply."""
    body = reply.json
    held = body.get("Resources") if reply.ok and isinstance(body, dict) else None
    return list(held) if isinstance(held, list) else []


def is_listing(reply: Reply) -> bool:
    """Whether the reply is a list of resources."""
    return reply.ok and isinstance(reply.json, dict) and isinstance(reply.json.get("Resources"), list)


def with_resources(reply: Reply, resources: list[Resource]) -> Reply:
    """The list with exactly these resources and with matching totals."""
    if not is_listing(reply):
        return reply
    body = {**reply.json, "totalResults": len(resources), "itemsPerPage": len(resources), "Resources": resources}
    return reply.with_json(body)


def kept(reply: Reply, keep: Callable[[Resource], bool]) -> Reply:
    """The list with only those resources for which `keep` is true."""
    return with_resources(reply, [resource for resource in resources_of(reply) if keep(resource)])


def with_members(reply: Reply, **members: Any) -> Reply:
    """The list with other members beside Resources; None removes one."""
    if not is_listing(reply):
        return reply
    body = {**reply.json, **members}
    return reply.with_json({name: value for name, value in body.items() if value is not None or name not in members})


def by_cursor(request: Request) -> bool:
    """Whether the request pages by cursor (RFC 9865)."""
    return is_list(request) and "cursor" in request.parameters


def cursor_of(request: Request) -> str:
    """The cursor that the client sends; an empty string on the first page."""
    return request.parameters.get("cursor", "")
