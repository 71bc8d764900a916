"""Defects against the interoperability profile's lifecycle: deletion that is none, conflicts, versions, bulk."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list, resources_of, with_resources
from conformance.defects.wire import Reply, Request, Server

SINGLE = "/Users/*"


@defect(
    "interop-list-without-deactivated",
    source="INTEROP-6.6-02",
    breaks="lists and filters leave out who is inactive",
    killed_by="test_interop_deactivated_user_is_kept",
)
def interop_list_without_deactivated(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request, "/Users"):
        return with_resources(reply, [user for user in resources_of(reply) if user.get("active") is not False])
    return reply


@defect(
    "interop-deletion-is-a-deactivation",
    source="INTEROP-6.6-08",
    breaks="DELETE sets active to false, and the user stays",
    killed_by="test_interop_deletion_deletes test_interop_deleted_user_is_404_for_every_method"
    " test_interop_deleted_user_is_in_no_group test_ipsie_user_can_be_deleted test_ipsie_every_endpoint_is_there",
)
def interop_deletion_is_a_deactivation(request: Request, server: Server) -> Reply:
    if not request.is_("DELETE", SINGLE):
        return server(request)
    operation = {"op": "replace", "path": "active", "value": False}
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    reply = server.send("PATCH", request.path, {"schemas": [urn], "Operations": [operation]}, request)
    return Reply.of(204) if reply.ok else reply


@defect(
    "interop-second-deletion-succeeds",
    source="INTEROP-6.6-04",
    breaks="DELETE of who is gone is 204",
    killed_by="test_interop_deleted_user_is_404_for_every_method",
)
def interop_second_deletion_succeeds(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(204) if request.method == "DELETE" and reply.status == 404 else reply


@defect(
    "interop-deleted-user-still-listed",
    source="INTEROP-6.6-05",
    breaks="filters find who is deleted",
    killed_by="test_interop_deleted_user_is_in_no_list",
)
def interop_deleted_user_still_listed(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", SINGLE):
        server.memory[request.path] = server.get(request.path, request)
    reply = server(request)
    gone = [user for user in server.memory.values() if user and f'"{user["userName"]}"' in request.filter]
    return with_resources(reply, [*resources_of(reply), *gone]) if is_list(request, "/Users") and gone else reply


@defect(
    "interop-name-of-the-deleted-is-kept",
    source="INTEROP-6.6-06",
    breaks="the userName of a deleted user is taken for ever",
    killed_by="test_interop_name_of_a_deleted_user_is_free test_ipsie_deleted_name_is_free",
)
def interop_name_of_the_deleted_is_kept(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", SINGLE):
        user = server.get(request.path, request) or {}
        server.memory[user.get("userName")] = True
    taken = request.is_("POST", "/Users") and isinstance(request.json, dict)
    if taken and request.json.get("userName") in server.memory:
        return Reply.error(409, "uniqueness")
    return server(request)


@defect(
    "interop-conflict-is-a-bad-request",
    source="INTEROP-6.9.1-01",
    breaks="a userName that is taken is 400 invalidValue",
    killed_by="test_interop_taken_user_name_is_a_conflict",
)
def interop_conflict_is_a_bad_request(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "invalidValue") if reply.status == 409 else reply


@defect(
    "interop-if-match-breaks-the-server",
    source="INTEROP-6.7-02",
    breaks="a conditional request is 500",
    killed_by="test_interop_conditional_headers_do_no_harm",
    verdict="WARN",
)
def interop_if_match_breaks_the_server(request: Request, server: Server) -> Reply:
    return Reply.error(500) if {"if-match", "if-none-match"} & set(request.headers) else server(request)


@defect(
    "interop-bulk-promised-and-missing",
    source="INTEROP-6.8-01",
    breaks="bulk is offered, and /Bulk is 404",
    killed_by="test_interop_bulk_is_what_it_is_said_to_be test_ipsie_bulk_is_supported",
    verdict="WARN",
)
def interop_bulk_promised_and_missing(request: Request, server: Server) -> Reply:
    return Reply.error(404) if request.path == "/Bulk" else server(request)
