"""Defects that a provider's group push runs into: path-less renames, removals, full lists, PUT."""

from __future__ import annotations

import re
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.operations import is_, quietly
from conformance.defects.wire import Reply, Request, Server

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@defect(
    "group-empty-refused",
    source="IPSIE-AL2-6.2.2-02; class of bug",
    breaks="a group without members is refused",
    killed_by="test_group_is_created_empty_and_found test_entras_group_is_created",
)
def group_empty_refused(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Groups") and isinstance(request.json, dict) and not request.json.get("members"):
        return Reply.error(400, "invalidValue", "members")
    return server(request)


@defect(
    "group-patch-pathless-rejected",
    source="Metatavu/keycloak-scim-server#100; imulab/go-scim#57; goauthentik/authentik#12321",
    breaks="a path-less PATCH of a group is refused",
    killed_by="test_group_rename_without_path test_group_is_renamed",
)
def group_patch_pathless_rejected(request: Request, server: Server) -> Reply:
    if request.is_("PATCH", "/Groups/*") and any("path" not in o for o in request.operations):
        return Reply.error(400, "invalidPath", "path required")
    return server(request)


@defect(
    "group-foreign-id-accepted",
    source="interop-bugs group-patch-pathless-rejected, wrong id",
    breaks="a path-less PATCH with another id is answered with success",
    killed_by="test_path_less_change_of_another_id_is_refused",
    verdict="WARN",
)
def group_foreign_id_accepted(request: Request, server: Server) -> Reply:
    reply = server(request)
    foreign = request.method == "PATCH" and (reply.json or {}).get("scimType") == "mutability"
    return quietly(request, server) if foreign else reply


@defect(
    "group-patch-unsupported-op-204",
    source="interop-bugs group-patch-unsupported-op-204",
    breaks="a removal by filter is answered 204 and not done",
    killed_by="test_change_of_members_in_one_request test_remove_of_one_member_keeps_the_others "
    "test_removal_of_one_member_keeps_the_others test_members_come_and_go test_last_member_leaves",
)
def group_patch_unsupported_op_204(request: Request, server: Server) -> Reply:
    kept = [o for o in request.operations if not is_(o, "remove", "members")]
    if not request.operations or len(kept) == len(request.operations):
        return server(request)
    return server(request.with_operations(kept)) if kept else Reply(204)


@defect(
    "group-removal-of-a-stranger-empties-it",
    source="RFC7644-3.5.2.2-09; class of bug",
    breaks="the removal of somebody who is no member removes everybody",
    killed_by="test_removal_of_who_is_no_member test_remove_of_somebody_who_is_no_member",
)
def group_removal_of_a_stranger_empties_it(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.is_("PATCH", "/Groups/*") else None
    known = {m.get("value") for m in (held or {}).get("members") or ()}

    def all_(o: dict[str, Any]) -> dict[str, Any]:
        found = re.search(r'members\[value eq "(.*)"\]', str(o.get("path", "")))
        return {"op": "remove", "path": "members"} if found and found[1] not in known else o

    return server(request.with_operations([all_(o) for o in request.operations])) if held else server(request)


@defect(
    "group-replace-empty-members-400",
    source="interop-bugs group-replace-empty-members-400",
    breaks="replace members with an empty list is refused",
    killed_by="test_full_push_of_members",
)
def group_replace_empty_members_400(request: Request, server: Server) -> Reply:
    if any(is_(o, "replace", "members") and o.get("value") == [] for o in request.operations):
        return Reply.error(400, "invalidValue", "members")
    return server(request)


@defect(
    "group-replace-with-unknown-wipes",
    source="Metatavu/keycloak-scim-server#107",
    breaks="a full push with an unknown id empties the group",
    killed_by="test_push_with_an_unknown_member_empties_nothing",
)
def group_replace_with_unknown_wipes(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        items = operation.get("value") if is_(operation, "replace", "members") else []
        if any(not server.get(f"/Users/{item['value']}", request) for item in items or ()):
            return server(request.with_operations([{"op": "remove", "path": "members"}]))
    return server(request)


@defect(
    "client-put-keeps-members",
    source="ory/polis DirectoryGroups.update; mitodl/keycloak-scim",
    breaks="a PUT of a group takes the name only",
    killed_by="test_put_of_a_group_replaces_its_members test_members_come_and_go test_last_member_leaves",
)
def client_put_keeps_members(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Groups/*") and isinstance(request.json, dict):
        held = server.get(request.path, request) or {}
        return server(request.with_json({**request.json, "members": held.get("members", [])}))
    return server(request)
