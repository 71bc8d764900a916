"""Defects of groups that many servers share: looked up without a filter, changed at once, half changed, strict about members."""

from __future__ import annotations

import threading
import time
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.operations import is_
from conformance.defects.wire import Reply, Request, Server

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_LOCK = threading.Lock()


def removal(server: Server, group: str, member: str, like: Request) -> None:
    operation = {"op": "remove", "path": f'members[value eq "{member}"]'}
    server.send("PATCH", f"/Groups/{group}", {"schemas": [PATCH_URN], "Operations": [operation]}, like)


@defect(
    "group-members-null-breaks-add",
    source="goauthentik/authentik PR 23950",
    breaks="members of an empty group is null",
    killed_by="test_group_is_created_empty_and_found",
)
def group_members_null_breaks_add(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.path.startswith("/Groups"):
        return reply
    return reply.each_resource(lambda held: {**held, "members": held.get("members") or None})


@defect(
    "group-displayname-filter-missing",
    source="ssoready/ssoready PR 232; rancher/rancher#54869",
    breaks="a filter on the displayName of groups is refused",
    killed_by="test_group_is_created_empty_and_found test_look_up_leaves_members_out",
)
def group_displayname_filter_missing(request: Request, server: Server) -> Reply:
    if request.path.startswith("/Groups") and "displayName" in request.filter:
        return Reply.error(400, "invalidFilter")
    return server(request)


@defect(
    "group-filter-ignored",
    source="Metatavu/keycloak-scim-server#46",
    breaks="filters work on users only: all groups are returned",
    killed_by="test_look_up_leaves_members_out",
)
def group_filter_ignored(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Groups") or not request.filter or not reply.ok:
        return reply
    everybody = server(request.with_parameters(filter=None))
    stranger = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "another", "displayName": "Another"}
    listed = [*everybody.json["Resources"], stranger]
    return everybody.with_json({**everybody.json, "totalResults": len(listed), "Resources": listed})


@defect(
    "group-patch-unknown-member-200",
    source="interop-bugs group-patch-unknown-member-200",
    breaks="an unknown member is answered with success and dropped",
    killed_by="test_unknown_member_is_stored_or_refused",
    verdict="WARN",
)
def group_patch_unknown_member_200(request: Request, server: Server) -> Reply:
    def known(items: Any) -> list[Any]:
        return [m for m in items or () if isinstance(m, dict) and server.get(f"/Users/{m.get('value')}", request)]

    if request.is_("POST|PUT", "/Groups*") and isinstance(request.json, dict):
        return server(request.with_json({**request.json, "members": known(request.json.get("members"))}))
    made = [{**o, "value": known(o.get("value"))} if is_(o, "add", "members") else o for o in request.operations]
    if any(operation.get("value") == [] for operation in made):
        return server(Request("GET", request.path, "", request.headers))
    return server(request.with_operations(made)) if made else server(request)


@defect(
    "group-strict-member-shape-422",
    source="interop-bugs group-strict-member-shape-422",
    breaks="a member without display and type is refused",
    killed_by="test_addition_of_a_member test_add_appends_members",
)
def group_strict_member_shape_422(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        value = operation.get("value")
        items = (
            value.get("members", ()) if isinstance(value, dict) else value if is_(operation, "add", "members") else ()
        )
        if any("display" not in item for item in items or ()):
            return Reply.error(422, "invalidValue", "display required")
    return server(request)


@defect(
    "put-group-omitted-members-means-empty",
    source="mitodl/keycloak-scim GroupAdapter; goauthentik/authentik groups client",
    breaks="a PUT of a group without members keeps them: the last one never leaves",
    killed_by="test_last_member_leaves",
)
def put_group_omitted_members_means_empty(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Groups/*") and isinstance(request.json, dict) and not request.json.get("members"):
        held = server.get(request.path, request) or {}
        return server(request.with_json({**request.json, "members": held.get("members", [])}))
    return server(request)


@defect(
    "group-remove-then-add-window",
    source="indigo-iam/iam#934",
    breaks="of an exchange of members the removal stays, and the addition fails",
    killed_by="test_exchange_of_members_with_a_bad_one_changes_nothing",
)
def group_remove_then_add_window(request: Request, server: Server) -> Reply:
    reply = server(request)
    removals = [operation for operation in request.operations if is_(operation, "remove", "members")]
    if removals and not reply.ok:
        server(request.with_operations(removals))
    return reply


@defect(
    "group-parallel-patch-lost-update",
    source="interop-bugs group-parallel-patch-lost-update, 5 projects",
    breaks="the list of members is read, changed and written without a lock",
    killed_by="test_parallel_additions_all_arrive",
)
def group_parallel_patch_lost_update(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "members" and is_(operation, "add"):
            held = (server.get(request.path, request) or {}).get("members") or []
            time.sleep(0.05)  # what another request does meanwhile is lost
            new = [{"value": m["value"]} for m in [*held, *operation["value"]]]
            with _LOCK:
                return server(request.with_operations([{"op": "replace", "path": "members", "value": new}]))
    return server(request)


@defect(
    "reactivate-restores-flag-only",
    source="PostHog/posthog PR 42603; better-auth/better-auth PR 10242",
    breaks="a deactivation takes the user out of all groups, and nothing brings him back",
    killed_by="test_rejoiner_is_still_a_member",
)
def reactivate_restores_flag_only(request: Request, server: Server) -> Reply:
    if any(o.get("path") == "active" and str(o.get("value")).lower() == "false" for o in request.operations):
        who = request.path.rpartition("/")[2]
        for group in (server.get(request.path, request) or {}).get("groups") or ():
            removal(server, group["value"], who, request)
    return server(request)


@defect(
    "patch-adds-null-subattributes",
    source="interop-bugs patch-adds-null-subattributes",
    breaks="after a PATCH every e-mail has a display of null",
    killed_by="test_unrelated_patch_leaves_everything_else",
)
def patch_adds_null_subattributes(request: Request, server: Server) -> Reply:
    if request.operations:
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(
        lambda held: {**held, "emails": [{"display": None, **e} for e in held.get("emails", [])]}
    )


@defect(
    "patch-emails-write-not-implemented",
    source="limosa-io/laravel-scim-server#34; Captain-P-Goldfish/scim-for-keycloak#73",
    breaks="a PATCH of an e-mail by its type fails, and every other change with it",
    killed_by="test_update_of_several_attributes test_change_of_the_work_mail",
)
def patch_emails_write_not_implemented(request: Request, server: Server) -> Reply:
    if any(str(operation.get("path", "")).startswith("emails[") for operation in request.operations):
        return Reply.error(500, detail="replace is not implemented")
    return server(request)


@defect(
    "patch-path-prototype-pollution",
    source="interop-bugs patch-path-prototype-pollution",
    breaks="a path through __proto__ is taken, and every object has what it set",
    killed_by="test_path_to_an_unknown_attribute_is_refused",
    verdict="WARN",
)
def patch_path_prototype_pollution(request: Request, server: Server) -> Reply:
    if any("prototype" in str(o.get("path")) or "__proto__" in str(o.get("path")) for o in request.operations):
        return server(Request("GET", request.path, "", request.headers)).each_resource(
            lambda held: {**held, "polluted": "x"}
        )
    return server(request)
