"""Defects of PATCH (RFC 7644 3.5.2), as real servers have them."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


@defect(
    "patch-active-noop-200",
    source="NorthlandPositronics/Cogtrix#122; OneUptime/oneuptime#3852; HelpCode-ai/anythingmcp#535",
    breaks="PATCH of active is answered with success and nothing happens",
    killed_by="test_disabled_user_is_inactive",
)
def patch_active_noop_200(request: Request, server: Server) -> Reply:
    if any(operation.get("path") == "active" for operation in request.operations):
        return server(Request("GET", request.path, "", request.headers))
    return server(request)
