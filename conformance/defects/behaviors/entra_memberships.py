"""Defects of memberships that a restart or concurrent changes of Entra reveal."""

from __future__ import annotations

import threading
import time

from conformance.defects.patch_operations import is_
from conformance.defects.wire import Reply, Request, Server

_LOCK = threading.Lock()


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
            time.sleep(0.05)  # concurrent changes of other requests are lost
            gone = {m["value"] for m in operation["value"]}
            left = [{"value": m["value"]} for m in held if m["value"] not in gone]
            with _LOCK:
                return server(request.with_operations([{"op": "replace", "path": "members", "value": left}]))
    return server(request)
