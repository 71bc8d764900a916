"""Defects that the requests of Okta and the other providers run into: path-less values, PUT, group push, look-ups."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.operations import quietly, without
from conformance.defects.wire import Reply, Request, Server

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@defect(
    "client-look-up-compares-case",
    source="open-webui/open-webui#18039; wso2/product-is#9552",
    breaks="a userName in another case is not found",
    killed_by="test_look_up_before_create test_matching_by_user_name_ignores_case",
)
def client_look_up_compares_case(request: Request, server: Server) -> Reply:
    found = re.search(r'userName eq "(.*)"', request.filter)
    reply = server(request)
    exact = [r for r in (reply.json or {}).get("Resources", []) if found and r.get("userName") == found[1]]
    return (
        reply.with_json({**reply.json, "totalResults": len(exact), "Resources": exact}) if found and reply.ok else reply
    )


@defect(
    "client-look-up-finds-everybody",
    source="langwatch/langwatch#6973",
    breaks="a filter that is not understood is ignored: the first page of all",
    killed_by="test_joiner_is_looked_up test_matching_by_external_id",
)
def client_look_up_finds_everybody(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=None)) if request.filter else server(request)


@defect(
    "client-mail-filter-refused",
    source="keycloak/keycloak#50366; Metatavu/keycloak-scim-server#35",
    breaks="a filter with a value path finds nobody, with 200",
    killed_by="test_match_by_work_mail",
)
def client_mail_filter_refused(request: Request, server: Server) -> Reply:
    if "[" in request.filter:
        return Reply.of(200, {"schemas": [LIST_URN], "totalResults": 0, "Resources": []})
    return server(request)


@defect(
    "client-odd-names-not-found",
    source="wso2/product-is#6919; fdipuma/scrima-dotnet#5; ory/polis",
    breaks="quotes and backslashes are stripped from a filter's value, a plus becomes a blank",
    killed_by="test_matching_of_odd_names",
)
def client_odd_names_not_found(request: Request, server: Server) -> Reply:
    stripped = re.sub(r"[+'\\]", " ", request.filter)
    return server(request.with_parameters(filter=stripped)) if request.filter else server(request)


@defect(
    "client-conflict-answered-500",
    source="interop-bugs create-duplicate-not-409",
    breaks="a second create of the same person is answered 500",
    killed_by="test_second_create_is_told_as_a_conflict test_second_create_is_a_conflict test_create_a_duplicate_user",
)
def client_conflict_answered_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(500) if request.method == "POST" and reply.status == 409 else reply


@defect(
    "client-create-with-password-refused",
    source="Okta SCIM reference (a password is always sent); IPSIE 6.1.2 the other way round",
    breaks="a create with a password is refused",
    killed_by="test_create_with_password_and_groups",
)
def client_create_with_password_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidSyntax", "password") if b'"password"' in request.body else server(request)


@defect(
    "client-new-users-are-inactive",
    source="interop-bugs create-active-missing-means-inactive",
    breaks="whoever is created is inactive until he signs in",
    killed_by="test_joiner_is_created",
)
def client_new_users_are_inactive(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict):
        return server(request.with_json({**request.json, "active": False}))
    return server(request)


@defect(
    "client-two-keys-first-only",
    source="interop-bugs patch-no-path-replace-ignored",
    breaks="of a path-less value only the last attribute is set",
    killed_by="test_path_less_change_of_two_attributes test_without_path_the_value_names_the_attributes",
)
def client_two_keys_first_only(request: Request, server: Server) -> Reply:
    made = [
        {**o, "value": dict([*o["value"].items()][-1:])} if "path" not in o and isinstance(o.get("value"), dict) else o
        for o in request.operations
    ]
    return server(request.with_operations(made)) if made else server(request)


@defect(
    "client-path-less-value-ignored",
    source="getsentry/sentry#27199; imulab/go-scim#9, #57",
    breaks="a path-less operation is answered with success and ignored, on users and groups",
    killed_by="test_path_less_deactivation test_group_rename_without_path test_group_is_renamed",
)
def client_path_less_value_ignored(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if "path" not in o])


@defect(
    "client-put-ignores-active",
    source="goauthentik/authentik#25081, class of bug",
    breaks="a PUT leaves active as it is",
    killed_by="test_put_with_active_false_deactivates test_leaver_is_switched_off_and_on",
)
def client_put_ignores_active(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*") and isinstance(request.json, dict):
        held = server.get(request.path, request) or {}
        return server(request.with_json({**request.json, "active": held.get("active", True)}))
    return server(request)


@defect(
    "client-put-changes-nothing",
    source="Metatavu/keycloak-scim-server#105, class of bug",
    breaks="a PUT is answered with success and ignored",
    killed_by="test_put_updates_the_profile test_mover_is_updated",
)
def client_put_changes_nothing(request: Request, server: Server) -> Reply:
    return quietly(request, server) if request.method == "PUT" else server(request)


@defect(
    "client-put-groups-leaves-them",
    source="jelhub/scimgateway#96; GluuFederation/SCIM-Client#42",
    breaks="groups: [] in a PUT of a user takes him out of all groups",
    killed_by="test_put_with_groups_changes_no_membership",
)
def client_put_groups_leaves_them(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*") and isinstance(request.json, dict) and request.json.get("groups") == []:
        who = request.path.rpartition("/")[2]
        for group in (server.get(request.path, request) or {}).get("groups") or ():
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
            operation = {"op": "remove", "path": f'members[value eq "{who}"]'}
            server.send("PATCH", f"/Groups/{group['value']}", {**body, "Operations": [operation]}, request)
    return server(request)


@defect(
    "put-missing-active-reactivates",
    source="valon-technologies/gestalt#3167; vouch-sh/vouch#1415",
    breaks="a PUT without active switches a leaver on",
    killed_by="test_put_without_active_does_not_reactivate",
    verdict="WARN",
)
def put_missing_active_reactivates(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*") and isinstance(request.json, dict) and "active" not in request.json:
        return server(request.with_json({**request.json, "active": True}))
    return server(request)


@defect(
    "client-unknown-user-html-404",
    source="goauthentik/authentik#16678",
    breaks="an unknown user is answered 404 with a page",
    killed_by="test_unknown_user_is_a_scim_404",
)
def client_unknown_user_html_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(404, {"content-type": "text/html"}, b"<h1>not found</h1>") if reply.status == 404 else reply


@defect(
    "client-plain-json-refused",
    source="interop-bugs media-application-json-refused",
    breaks="application/json is answered 415",
    killed_by="test_plain_json_is_taken",
    verdict="WARN",
)
def client_plain_json_refused(request: Request, server: Server) -> Reply:
    if request.headers.get("content-type", "").startswith("application/json"):
        return Reply.error(415)
    return server(request)


@defect(
    "client-import-misses-somebody",
    source="simpleidserver/SimpleIdServer#185; better-auth/better-auth#10398",
    breaks="the newest user is on no page",
    killed_by="test_import_reads_everybody_once",
)
def client_import_misses_somebody(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users") or request.filter or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "Resources": reply.json["Resources"][:-1]})


@defect(
    "client-no-match-is-404",
    source="jelhub/scimgateway#18; wso2/charon#60",
    breaks="a filter without hits is answered 404",
    killed_by="test_connection_test_passes test_look_up_before_create test_joiner_is_looked_up",
)
def client_no_match_is_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(404) if request.filter and (reply.json or {}).get("totalResults") == 0 else reply
