"""Defects that Entra's soft delete, restore, and restart bring to light: names, memberships, and changes at once."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from conformance.defects.patch_operations import is_
from conformance.defects.wire import Reply, Request, Server

_LOCK = threading.Lock()
_TOMBSTONE = re.compile(r"[0-9a-f]{32}.+")


def _new_name(request: Request) -> str:
    """The userName that a PATCH sets, with and without a path; empty for none."""
    for operation in request.operations:
        value = operation.get("value")
        found = value.get("userName") if isinstance(value, dict) else value
        if operation.get("path", "userName") == "userName" and isinstance(found, str):
            return found
    return ""


def entra_tombstone_name_rejected(request: Request, server: Server) -> Reply:
    if request.is_("PATCH", "/Users/*") and _TOMBSTONE.fullmatch(_new_name(request)):
        return Reply.error(400, "invalidValue", "userName")
    return server(request)


def entra_freed_name_stays_taken(request: Request, server: Server) -> Reply:
    reserved: set[str] = server.memory.setdefault("names", set())
    body: Any = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and str(body.get("userName")).lower() in reserved:
        return Reply.error(409, "uniqueness", "userName")
    held = server.get(request.path, request) if request.is_("PATCH", "/Users/*") and _new_name(request) else None
    reply = server(request)
    if held and reply.ok and (server.get(request.path, request) or {}).get("active") is False:
        reserved.add(str(held["userName"]).lower())
    return reply


def entra_member_again_is_a_conflict(request: Request, server: Server) -> Reply:
    joins = [operation for operation in request.operations if is_(operation, "add", "members")]
    if request.is_("PATCH", "/Groups/*") and joins:
        held = {m["value"] for m in (server.get(request.path, request) or {}).get("members") or ()}
        if any(m.get("value") in held for operation in joins for m in operation.get("value") or ()):
            return Reply.error(409, "uniqueness", "already a member")
    return server(request)


def entra_removals_at_once_are_undone(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "members" and is_(operation, "remove") and operation.get("value"):
            held = (server.get(request.path, request) or {}).get("members") or []
            time.sleep(0.05)  # what another request does meanwhile is lost
            gone = {m["value"] for m in operation["value"]}
            left = [{"value": m["value"]} for m in held if m["value"] not in gone]
            with _LOCK:
                return server(request.with_operations([{"op": "replace", "path": "members", "value": left}]))
    return server(request)
