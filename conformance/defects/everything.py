"""Defects so coarse that any check of what works must see them: the last resort of the proof that each check can fail."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


@defect(
    "everything-is-answered-with-an-empty-object",
    source="class of bug: a stub behind a gateway",
    breaks="every request but a DELETE is answered 200 with {}",
    killed_by="*",
)
def everything_is_answered_with_an_empty_object(request: Request, server: Server) -> Reply:
    return server(request) if request.method == "DELETE" or request.is_("POST", "/Users|/Groups") else Reply.of(200, {})


@defect(
    "everything-is-answered-with-500",
    source="class of bug: one broken dependency",
    breaks="every request but creations and deletions is answered 500 without a SCIM body",
    killed_by="*",
)
def everything_is_answered_with_500(request: Request, server: Server) -> Reply:
    if request.method in ("DELETE", "POST"):
        return server(request)
    return Reply(500, {"content-type": "text/html"}, b"<h1>oops</h1>")
