"""Defects of DELETE, and of deactivations that delete, as real servers have them."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

GONE = "test_deleted_resource_is_gone_for_every_method"


def remembered(request: Request, server: Server) -> Reply:
    """The answer to the request; what a DELETE took away is kept in the defect's memory by its path."""
    held = server.get(request.path, request) if request.is_("DELETE", "/*/*") else None
    reply = server(request)
    if held and reply.status == 204:
        server.memory[request.path] = held
    return reply


@defect(
    "delete-not-404-afterwards",
    source="FusionAuth/fusionauth-issues#3244; ssoready/ssoready#166",
    breaks="a deleted user is still read",
    killed_by=f"{GONE} test_delete_answers_204",
)
def delete_not_404_afterwards(request: Request, server: Server) -> Reply:
    reply = remembered(request, server)
    if request.method == "GET" and request.path in server.memory:
        return Reply.of(200, server.memory[request.path])
    return reply


@defect(
    "delete-still-in-queries",
    source="FusionAuth/fusionauth-issues#3244; ssoready/ssoready#166",
    breaks="a deleted user is still found and counted",
    killed_by="test_deleted_resource_is_not_listed test_deleted_resource_leaves_the_list",
)
def delete_still_in_queries(request: Request, server: Server) -> Reply:
    reply = remembered(request, server)
    if not request.is_("GET", "/Users") or not reply.ok:
        return reply
    found = [held for held in server.memory.values() if not request.filter or held["id"] in request.filter]
    found += [held for held in server.memory.values() if request.filter and held.get("userName", "?") in request.filter]
    body = reply.json
    resources = [*found, *(body.get("Resources") or [])]
    return reply.with_json({**body, "Resources": resources, "totalResults": body["totalResults"] + len(found)})


@defect(
    "delete-last-admin-or-owner-200",
    source="HelpCode-ai/anythingmcp PR 535; simstudioai/sim PR 7567",
    breaks="a DELETE is answered 204, and the user stays",
    killed_by=f"test_delete_answers_204 {GONE}",
)
def delete_last_admin_or_owner_200(request: Request, server: Server) -> Reply:
    if not request.is_("DELETE", "/*/*"):
        return server(request)
    first = request.path not in server.memory  # the suite cleans up with a second one
    server.memory[request.path] = True
    return Reply(204) if first and server.get(request.path, request) is not None else server(request)


@defect(
    "delete-answers-200",
    source="RFC7644-3.6-06",
    breaks="a DELETE is answered 200 with a message",
    killed_by="test_delete_answers_204",
)
def delete_answers_200(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(200, {"message": "deleted"}) if reply.status == 204 and request.method == "DELETE" else reply


@defect(
    "delete-of-nothing-204",
    source="RFC7644-3.6-07; FusionAuth/fusionauth-issues#3244",
    breaks="a DELETE of what is not there is answered 204",
    killed_by=f"test_delete_of_an_unknown_id_is_404 {GONE}",
)
def delete_of_nothing_204(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(204) if request.method == "DELETE" and reply.status == 404 else reply


@defect(
    "reactivate-by-post-409",
    source="different-ai/openwork PR 4775; kobotoolbox/kpi PR 7076; FusionAuth/fusionauth-issues#3244",
    breaks="the name of a deleted user stays taken",
    killed_by="test_deleted_user_name_is_free_again",
    verdict="WARN",
)
def reactivate_by_post_409(request: Request, server: Server) -> Reply:
    names = {held.get("userName") for held in server.memory.values()}
    if request.is_("POST", "/Users") and (request.json or {}).get("userName") in names:
        return Reply.error(409, "uniqueness")
    return remembered(request, server)


@defect(
    "deactivate-treated-as-delete",
    source="ssoready/ssoready#155, #166; langfuse/langfuse#13245; GitHub REST documentation",
    breaks="a user that is switched off is answered 404 from then on",
    killed_by="test_inactive_user_is_no_deleted_one",
    verdict="WARN",
)
def deactivate_treated_as_delete(request: Request, server: Server) -> Reply:
    reply = server(request)
    body: Any = reply.json
    off = request.is_("GET", "/Users/*") and reply.ok and body.get("active") is False
    return Reply.error(404) if off else reply


@defect(
    "deactivated-user-is-not-found",
    source="RFC7643-4.1.1-15; PingFederate inbound documentation",
    breaks="a user that is switched off is found by no filter",
    killed_by="test_inactive_user_is_no_deleted_one",
    verdict="WARN",
)
def deactivated_user_is_not_found(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users") or not reply.ok:
        return reply
    shown = [item for item in reply.json.get("Resources") or [] if item.get("active") is not False]
    return reply.with_json({**reply.json, "Resources": shown, "totalResults": len(shown)})
