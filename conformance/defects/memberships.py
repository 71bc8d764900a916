"""Defects of groups, their members, and groups of a user (RFC 7643 sections 4.1.2 and 4.2)."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.operations import is_, quietly
from conformance.defects.operations import without as without_operations
from conformance.defects.replies import Resource, body_of, sent, with_elements, with_values
from conformance.defects.wire import Reply, Request, Server


@defect(
    "user-groups-always-empty",
    source="seen at scim2-server",
    breaks="/Schemas declares groups of a user, and they are always empty",
    killed_by="test_user_shows_the_groups_it_is_in",
)
def user_groups_always_empty(request: Request, server: Server) -> Reply:
    return with_values(request, server, groups=lambda _: [])


@defect(
    "group-user-groups-attribute-stale",
    source="RFC7643-4.1.2-19",
    breaks="a user goes on to list a group that was deleted",
    killed_by="test_user_shows_the_groups_it_is_in",
)
def group_user_groups_attribute_stale(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users/*") or not reply.ok:
        return reply
    groups = server.memory[request.path] = reply.json.get("groups") or server.memory.get(request.path)
    return reply.with_json({**reply.json, "groups": groups}) if groups else reply


@defect(
    "direct-membership-called-indirect",
    source="RFC7643-4.1.2-20",
    breaks="groups.type is always indirect",
    killed_by="test_direct_membership_is_called_direct",
    verdict="WARN",
)
def direct_membership_called_indirect(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "groups", lambda item: {**item, "type": "indirect"})


@defect(
    "user-groups-written-through",
    source="RFC7643-4.1.2-24",
    breaks="groups in a create or a PUT of a user make it a member",
    killed_by="test_groups_of_a_user_are_read_only",
)
def user_groups_written_through(request: Request, server: Server) -> Reply:
    reply = server(request)
    for group in body_of(request, path="/Users*").get("groups") or () if reply.ok else ():
        _patch(
            server, request, group["value"], {"op": "add", "path": "members", "value": [{"value": reply.json["id"]}]}
        )
    return reply


@defect(
    "put-of-a-user-takes-it-out-of-its-groups",
    source="RFC7643-4.1.2-24",
    breaks="a PUT of a user without groups ends its memberships",
    killed_by="test_put_without_groups_leaves_the_memberships",
)
def put_of_a_user_takes_it_out_of_its_groups(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*"):
        user: Any = server.get(request.path, request) or {}
        for group in user.get("groups") or ():
            path = f'members[value eq "{user["id"]}"]'
            _patch(server, request, group["value"], {"op": "remove", "path": path})
    return server(request)


@defect(
    "group-without-a-name-is-named",
    source="RFC7643-4.2-02",
    breaks="a group without displayName is given one",
    killed_by="test_group_without_display_name_is_refused",
    verdict="WARN",
)
def group_without_a_name_is_named(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: {"displayName": "scimulator-check-unnamed", **body}, "POST", "/Groups")


@defect(
    "group-needs-members",
    source="RFC7643-4.2-09",
    breaks="a group without members is refused",
    killed_by="test_empty_group_is_valid",
)
def group_needs_members(request: Request, server: Server) -> Reply:
    body = body_of(request, "POST", "/Groups")
    return Reply.error(400, "invalidValue") if body and not body.get("members") else server(request)


@defect(
    "members-named-by-user-name",
    source="getsentry/sentry#27151",
    breaks="members.value is the member's name instead of its id",
    killed_by="test_members_are_named_by_id test_member_is_added_and_taken_out",
)
def members_named_by_user_name(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "members", lambda item: {**item, "value": item.get("display")})


@defect(
    "members-only-come",
    source="RFC7643-4.2-03",
    breaks="a PATCH that removes a member is answered with success, and nothing happens",
    killed_by="test_member_is_added_and_taken_out",
)
def members_only_come(request: Request, server: Server) -> Reply:
    lost = [operation for operation in request.operations if is_(operation, "remove", "members")]
    return without_operations(request, server, lost) if lost else server(request)


@defect(
    "member-patched-into-nobody",
    source="RFC7643-4.2-04",
    breaks="a PATCH of a member's value takes the member out",
    killed_by="test_member_cannot_become_somebody_else",
)
def member_patched_into_nobody(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        path = str(operation.get("path"))
        if path.startswith("members[") and path.endswith("].value"):
            return server(request.with_operations([{"op": "remove", "path": path.removesuffix(".value")}]))
    return server(request)


@defect(
    "member-patched-without-effect",
    source="RFC7643-4.2-04",
    breaks="a PATCH of a member's value is answered with success, and nothing happens",
    killed_by="test_member_cannot_become_somebody_else",
    verdict="WARN",
)
def member_patched_without_effect(request: Request, server: Server) -> Reply:
    inner = any(str(operation.get("path")).endswith("].value") for operation in request.operations)
    return quietly(request, server) if inner else server(request)


@defect(
    "put-of-a-group-adds-members",
    source="RFC7643-4.2-04",
    breaks="a PUT of a group adds members and takes none out",
    killed_by="test_put_exchanges_members",
)
def put_of_a_group_adds_members(request: Request, server: Server) -> Reply:
    held: Any = server.get(request.path, request) if request.is_("PUT", "/Groups/*") else None
    before = [{"value": item["value"]} for item in (held or {}).get("members") or ()]

    def joined(body: Resource) -> Resource:
        named = [item["value"] for item in body.get("members") or ()]
        more = [item for item in before if item["value"] not in named]
        return {**body, "members": [*(body.get("members") or ()), *more]}

    return sent(request, server, joined, "PUT", "/Groups/*")


@defect(
    "nested-group-is-500",
    source="RFC7643-4.2-07",
    breaks="a group as a member breaks the server",
    killed_by="test_groups_can_nest",
)
def nested_group_is_500(request: Request, server: Server) -> Reply:
    members = body_of(request, "POST", "/Groups").get("members") or ()
    nested = any(server.get(f"/Groups/{item.get('value')}", request) for item in members)
    return Reply.error(500) if nested else server(request)


@defect(
    "member-without-value-is-500",
    source="RFC7643-4.2-08",
    breaks="a member without value breaks the server",
    killed_by="test_member_without_value_does_no_harm",
    verdict="WARN",
)
def member_without_value_is_500(request: Request, server: Server) -> Reply:
    members = body_of(request, "POST", "/Groups").get("members") or ()
    return Reply.error(500) if any("value" not in item for item in members) else server(request)


@defect(
    "group-deleted-member-remains",
    source="seen at scim2-server",
    breaks="a group goes on to list who was deleted",
    killed_by="test_deleted_user_leaves_the_group",
    verdict="WARN",
)
def group_deleted_member_remains(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        user: Any = server.get(request.path, request) or {}
        for group in user.get("groups") or ():
            server.memory.setdefault(f"/Groups/{group['value']}", []).append({"value": user["id"]})
    gone = server.memory.get(request.path, []) if request.method == "GET" else []
    return with_values(request, server, members=lambda held: [*held, *gone]) if gone else server(request)


def _patch(server: Server, like: Request, group: str, operation: Resource) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    server.send("PATCH", f"/Groups/{group}", body, like)
