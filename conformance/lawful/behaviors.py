"""Lawful variations that have to ask the server before they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.defects.wire import Reply, Request, Server


def shared_address_conflicts(request: Request, server: Server) -> Reply:
    """409 for an e-mail address that another user has, as on servers that identify accounts by it."""
    if not request.is_("POST|PUT|PATCH", "/Users|/Users/*"):
        return server(request)
    own = request.path.rpartition("/")[2]
    for address in _addresses(request):
        found = server(
            Request("GET", "/Users", "", request.headers).with_parameters(filter=f'emails.value eq "{address}"')
        )
        if any(one["id"] != own for one in (found.json or {}).get("Resources") or ()):
            return Reply.error(409, "uniqueness", f"{address} belongs to another user")
    return server(request)


def address_made_of_the_name(request: Request, server: Server) -> Reply:
    """A user without an e-mail address gets one that is made of the userName, and keeps it after a rename."""
    body = request.json
    if request.is_("POST|PUT", "/Users|/Users/*") and isinstance(body, dict) and "@" in str(body.get("userName")):
        without = not body.get("emails") and (request.is_("POST") or "emails" in body)
        if without and isinstance(body.get("emails", []), list):
            made = {"value": body["userName"], "type": "work", "primary": True}
            request = request.with_json({**body, "emails": [made]})
    return shared_address_conflicts(request, server)


def _addresses(request: Request) -> Iterator[str]:
    """The e-mail addresses that a write holds."""
    body = request.json
    holders = [body, *(one.get("value") for one in request.operations)] if isinstance(body, dict) else []
    for holder in holders:
        yield from _values(holder.get("emails") if isinstance(holder, dict) else None)
    for operation in request.operations:
        if str(operation.get("path", "")).lower().startswith("emails"):
            yield from _values(operation.get("value"))


def _values(held: Any) -> Iterator[str]:
    for one in held if isinstance(held, list) else [held]:
        value = one.get("value") if isinstance(one, dict) else one
        if isinstance(value, str) and "@" in value and '"' not in value:
            yield value
