"""Defects that Entra ID's requests for groups run into: value lists, null references, batches."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.operations import Operation, changed, is_
from conformance.defects.wire import Reply, Request, Server

MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


@defect(
    "group-remove-with-value-clears-all",
    source="AzureAD/SCIMReferenceCode#10; apache/directory-scimple#436; simpleidserver/SimpleIdServer#164",
    breaks="remove members with a list of values empties the group",
    killed_by="test_removal_of_one_member_keeps_the_others",
)
def group_remove_with_value_clears_all(request: Request, server: Server) -> Reply:
    def literal(o: Operation) -> Operation:
        return {"op": "remove", "path": "members"} if is_(o, "remove", "members") and "value" in o else o

    return changed(request, server, literal)


@defect(
    "group-remove-with-value-400",
    source="python-scim/scim2-server 0.8; interop-bugs group-remove-with-value-400",
    breaks="remove members with a list of values is refused: the leaver stays in the group",
    killed_by="test_removal_of_one_member_keeps_the_others",
)
def group_remove_with_value_400(request: Request, server: Server) -> Reply:
    if any(is_(o, "remove", "members") and "value" in o for o in request.operations):
        return Reply.error(400, "invalidValue", "a remove operation carries no value")
    return server(request)


@defect(
    "group-remove-empty-value-clears-all",
    source="interop-bugs group-remove-with-value-clears-all",
    breaks="remove members with an empty list empties the group",
    killed_by="test_removal_of_nobody_empties_no_group",
    verdict="WARN",
)
def group_remove_empty_value_clears_all(request: Request, server: Server) -> Reply:
    def literal(o: Operation) -> Operation:
        return (
            {"op": "remove", "path": "members"}
            if is_(o, "remove", "members") and "value" in o and not o["value"]
            else o
        )

    return changed(request, server, literal)


@defect(
    "group-extra-schema-refused",
    source="MicrosoftDocs entra-docs tutorial sample; interop-bugs create-unknown-schema-urn-rejected",
    breaks="a group with Microsoft's old schema beside the RFC's is refused",
    killed_by="test_entras_group_is_created",
)
def group_extra_schema_refused(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Groups") and b"schemas.microsoft.com" in request.body:
        return Reply.error(400, "invalidSyntax", "unknown schema")
    return server(request)


@defect(
    "group-member-object-without-ref-null",
    source="Captain-P-Goldfish/SCIM-SDK#149",
    breaks='a member with "$ref": null is refused',
    killed_by="test_addition_of_a_member",
)
def group_member_object_without_ref_null(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidValue", "$ref") if b'"$ref":null' in request.body else server(request)


@defect(
    "group-inactive-member-rejected",
    source="pulumi/docs#13236",
    breaks="an addition with somebody inactive in it is refused",
    killed_by="test_inactive_member_is_taken",
)
def group_inactive_member_rejected(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        for item in operation["value"] if is_(operation, "add", "members") else ():
            if (server.get(f"/Users/{item['value']}", request) or {}).get("active") is False:
                return Reply.error(400, "invalidValue", "inactive member")
    return server(request)


@defect(
    "group-paths-chunked-ops-partial",
    source="goauthentik/authentik#12321",
    breaks="of more than ten operations only ten are carried out",
    killed_by="test_many_operations_on_members",
)
def group_paths_chunked_ops_partial(request: Request, server: Server) -> Reply:
    return server(request.with_operations(request.operations[:10])) if len(request.operations) > 10 else server(request)


@defect(
    "group-excludedattributes-ignored",
    source="simpleidserver/SimpleIdServer#570; MicrosoftDocs entra-docs tutorial",
    breaks="excludedAttributes=members is ignored",
    killed_by="test_look_up_leaves_members_out",
)
def group_excludedattributes_ignored(request: Request, server: Server) -> Reply:
    return (
        server(request.with_parameters(excludedAttributes=None))
        if request.path.startswith("/Groups")
        else server(request)
    )


@defect(
    "group-rename-empties-it",
    source="vouch-sh/vouch#1415, class of bug",
    breaks="a new displayName takes the members away",
    killed_by="test_rename_keeps_the_members test_group_rename_without_path",
)
def group_rename_empties_it(request: Request, server: Server) -> Reply:
    if request.is_("PATCH", "/Groups/*") and "displayName" in str(request.operations):
        return server(request.with_operations([*request.operations, {"op": "remove", "path": "members"}]))
    return server(request)


@defect(
    "group-delete-takes-its-members",
    source="class of bug: cascade in the wrong direction",
    breaks="the deletion of a group deletes its members",
    killed_by="test_deleted_group_is_gone_and_its_members_are_not",
)
def group_delete_takes_its_members(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Groups/*"):
        for item in (server.get(request.path, request) or {}).get("members") or ():
            server.send("DELETE", f"/Users/{item['value']}", None, request)
    return server(request)


@defect(
    "group-unknown-member-rejects-all",
    source="fleetdm/fleet#52600",
    breaks="an unknown member is refused after the good ones are added",
    killed_by="test_unknown_member_is_no_ghost",
)
def group_unknown_member_rejects_all(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        items = operation["value"] if is_(operation, "add", "members") else []
        good = [item for item in items if server.get(f"/Users/{item['value']}", request)]
        if len(good) < len(items):
            server(request.with_operations([{**operation, "value": good}]))
            return Reply.error(400, "invalidValue", "unknown member")
    return server(request)


@defect(
    "delete-user-keeps-membership-and-user",
    source="msaad00/agent-bom#3540, class of bug",
    breaks="DELETE is answered 204 and the user stays",
    killed_by="test_deletion_after_thirty_days",
)
def delete_user_keeps_membership_and_user(request: Request, server: Server) -> Reply:
    return Reply(204) if request.is_("DELETE", "/Users/*") else server(request)
