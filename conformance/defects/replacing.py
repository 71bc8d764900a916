"""Defects of PUT: what it loses, keeps, resets and makes up, as real servers have them."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


def replaces(request: Request, path: str = "/*/*") -> bool:
    """Whether it is a PUT with a body that can be read."""
    return request.is_("PUT", path) and isinstance(request.json, dict)


def kept(request: Request, server: Server, *names: str) -> Reply:
    """The PUT with these attributes as they are stored."""
    held = server.get(request.path, request) or {}
    body = {name: value for name, value in request.json.items() if name not in names}
    return server(request.with_json({**body, **{name: held[name] for name in names if name in held}}))


@defect(
    "put-not-implemented",
    source="vouch-sh/vouch#1411; goauthentik/authentik#16678",
    breaks="PUT is answered 501",
    killed_by="test_users_and_groups_take_every_method test_put_replaces_and_answers_with_the_resource",
)
def put_not_implemented(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.method == "PUT" else server(request)


@defect(
    "put-partial-name-clears-or-merges",
    source="attevon-llc/OpenTranscribe#582; Metatavu/keycloak-scim-server#105",
    breaks="the family name of a PUT is not taken: the old one stays",
    killed_by="test_put_replaces_and_answers_with_the_resource",
)
def put_partial_name_clears_or_merges(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if replaces(request, "/Users/*") else None
    if not held or not isinstance(request.json.get("name"), dict):
        return server(request)
    name = {**request.json["name"], "familyName": held["name"]["familyName"]}
    return server(request.with_json({**request.json, "name": name}))


@defect(
    "put-appends-to-lists",
    source="RFC7644-3.5.1-04",
    breaks="e-mails of a PUT are added to the old ones",
    killed_by="test_put_replaces_and_answers_with_the_resource",
)
def put_appends_to_lists(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if replaces(request, "/Users/*") else None
    old = [item for item in (held or {}).get("emails", []) if item not in (request.json.get("emails") or [])]
    if not old:
        return server(request)
    return server(request.with_json({**request.json, "emails": [*(request.json.get("emails") or []), *old]}))


@defect(
    "put-answers-with-the-old-resource",
    source="RFC7644-3.5.1-15",
    breaks="a PUT is answered with the resource before it",
    killed_by="test_answers_to_writes_show_the_stored_state test_put_of_a_part_answers_with_what_is_stored "
    "test_put_replaces_and_answers_with_the_resource",
)
def put_answers_with_the_old_resource(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if replaces(request) else None
    reply = server(request)
    return reply.with_json(held) if held and reply.ok else reply


@defect(
    "put-answers-204",
    source="RFC7644-3.5.1-15",
    breaks="a PUT is answered 204 without the resource",
    killed_by="test_put_replaces_and_answers_with_the_resource",
)
def put_answers_204(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(204) if request.method == "PUT" and reply.ok else reply


@defect(
    "put-readonly-rejected",
    source="SAP-archive/scimono#176; pingidentity/scim2#116; GluuFederation/SCIM-Client#42",
    breaks="a PUT that holds meta is refused",
    killed_by="test_put_of_what_was_read_changes_nothing test_put_ignores_read_only_values",
)
def put_readonly_rejected(request: Request, server: Server) -> Reply:
    if replaces(request) and "meta" in request.json:
        return Reply.error(400, "mutability", "meta is readOnly")
    return server(request)


@defect(
    "put-takes-meta-of-the-client",
    source="RFC7644-3.5.1-12",
    breaks="created in a PUT is stored as it is sent",
    killed_by="test_put_ignores_read_only_values",
)
def put_takes_meta_of_the_client(request: Request, server: Server) -> Reply:
    sent = (request.json.get("meta") or {}).get("created") if replaces(request) else None
    if sent:
        server.memory[request.path.rpartition("/")[2]] = {"created": sent}
    return server(request).each_resource(
        lambda r: {**r, "meta": {**r.get("meta", {}), **server.memory.get(r["id"], {})}}
    )


@defect(
    "put-goes-to-the-id-of-the-body",
    source="RFC7644-3.5.1-12; vouch-sh/vouch#1415",
    breaks="a PUT changes the resource whose id is in the body, not the one of the URL",
    killed_by="test_put_with_another_id_moves_nothing",
)
def put_goes_to_the_id_of_the_body(request: Request, server: Server) -> Reply:
    if replaces(request, "/Users/*") and request.json.get("id"):
        other = f"/Users/{request.json['id']}"
        if other != request.path:
            return server.send("PUT", other, {**request.json, "userName": f"{request.json['userName']}.2"}, request)
    return server(request)


@defect(
    "put-groups-attribute-changes-membership",
    source="jelhub/scimgateway#96; GluuFederation/SCIM-Client#42",
    breaks="groups in a PUT of a user take the user out of its groups",
    killed_by="test_put_of_groups_changes_no_membership",
)
def put_groups_attribute_changes_membership(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if replaces(request, "/Users/*") and "groups" in request.json else None
    wanted = {group.get("value") for group in request.json.get("groups") or ()} if held else set()
    for group in (held or {}).get("groups") or ():
        if group["value"] not in wanted and held:
            path = f"/Groups/{group['value']}"
            body = server.get(path, request)
            left = [item for item in body.get("members", []) if item["value"] != held["id"]]
            server.send("PUT", path, {**body, "members": left}, request)
    return server(request)


@defect(
    "put-group-immutable-members",
    source="simpleidserver/SimpleIdServer#247, #844",
    breaks="a PUT of a group with other members is refused: members.value is immutable",
    killed_by="test_put_replaces_the_members_of_a_group",
)
def put_group_immutable_members(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if replaces(request, "/Groups/*") else None
    ids = [sorted(item["value"] for item in place.get("members") or []) for place in (held or {}, request.json or {})]
    return (
        Reply.error(400, "mutability", "members.value is immutable") if held and ids[0] != ids[1] else server(request)
    )


@defect(
    "put-group-ignores-members",
    source="ory/polis DirectoryGroups.update",
    breaks="a PUT of a group takes the name alone",
    killed_by="test_put_replaces_the_members_of_a_group",
)
def put_group_ignores_members(request: Request, server: Server) -> Reply:
    return kept(request, server, "members") if replaces(request, "/Groups/*") else server(request)


@defect(
    "put-creates-resource",
    source="msaad00/agent-bom#3540; vouch-sh/vouch#1415",
    breaks="a PUT to an unknown id creates",
    killed_by="test_put_never_creates",
)
def put_creates_resource(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not replaces(request) or reply.status != 404:
        return reply
    return server.send("POST", "/" + request.path.split("/")[1], request.json, request)


@defect(
    "put-reset-provider-fields",
    source="PostHog/posthog#42603",
    breaks="a PUT with active=true resets the e-mails to the userName",
    killed_by="test_put_of_active_leaves_everything_else",
)
def put_reset_provider_fields(request: Request, server: Server) -> Reply:
    if replaces(request, "/Users/*") and request.json.get("active") is True:
        return server(request.with_json({**request.json, "emails": [{"value": request.json.get("userName")}]}))
    return server(request)


@defect(
    "put-keeps-what-is-emptied",
    source="RFC7643-2.5-02",
    breaks="null and [] in a PUT leave the old values",
    killed_by="test_put_of_no_values_clears",
)
def put_keeps_what_is_emptied(request: Request, server: Server) -> Reply:
    empty = [name for name, value in request.json.items() if value in (None, [])] if replaces(request) else []
    return kept(request, server, *empty) if empty else server(request)


@defect(
    "put-makes-a-new-resource",
    source="RFC7644-3.5.1-17",
    breaks="created is the time of the last PUT",
    killed_by="test_put_keeps_id_created_and_location",
)
def put_makes_a_new_resource(request: Request, server: Server) -> Reply:
    if replaces(request):
        server.memory[request.path.rpartition("/")[2]] = True

    def renewed(resource: dict[str, Any]) -> dict[str, Any]:
        meta = resource.get("meta") or {}
        again = resource["id"] in server.memory
        return {**resource, "meta": {**meta, "created": meta.get("lastModified")}} if again else resource

    return server(request).each_resource(renewed)


@defect(
    "put-leaves-last-modified",
    source="RFC7644-3.5.1-17",
    breaks="lastModified stays at the time of the creation",
    killed_by="test_put_keeps_id_created_and_location",
)
def put_leaves_last_modified(request: Request, server: Server) -> Reply:
    return server(request).each_resource(
        lambda r: {**r, "meta": {**r["meta"], "lastModified": r["meta"]["created"]}} if "created" in r["meta"] else r
    )


@defect(
    "put-without-user-name-accepted",
    source="RFC7644-3.5.1-14",
    breaks="a PUT without userName leaves a user of another name",
    killed_by="test_put_without_user_name_is_refused",
)
def put_without_user_name_accepted(request: Request, server: Server) -> Reply:
    if replaces(request, "/Users/*") and "userName" not in request.json:
        return server(request.with_json({**request.json, "userName": f"null-{request.path.rpartition('/')[2]}"}))
    return server(request)


@defect(
    "put-of-a-taken-name-does-nothing",
    source="RFC7644-3.5.1-16",
    breaks="a PUT to a userName that is taken is answered with success, and nothing happens",
    killed_by="test_put_cannot_take_another_user_name test_taken_user_name_is_uniqueness",
)
def put_of_a_taken_name_does_nothing(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method == "PUT" and reply.status == 409:
        return server(Request("GET", request.path, "", request.headers))
    return reply
