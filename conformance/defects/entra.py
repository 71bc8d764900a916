"""Defects that Entra ID's requests run into: texts for booleans, dotted keys, filtered paths, managers, value lists."""

from __future__ import annotations

import re
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.operations import Operation, changed, is_, quietly, without
from conformance.defects.wire import Reply, Request, Server

MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


@defect(
    "patch-active-string-false",
    source="thomaspoignant/scim-patch#872; Metatavu/keycloak-scim-server#56; scimmyjs/scimmy#51; bytebase/bytebase#19073",
    breaks='"False" is a text that is not empty, so the user stays active',
    killed_by="test_disabled_user_is_inactive test_every_spelling_of_a_deactivation test_deactivation_beside_other_changes",
)
def patch_active_string_false(request: Request, server: Server) -> Reply:
    def truthy(o: Operation) -> Operation:
        return {**o, "value": bool(o["value"])} if o.get("path") == "active" and isinstance(o["value"], str) else o

    return changed(request, server, truthy)


@defect(
    "patch-active-any-text-is-false",
    source="interop-bugs patch-active-string-false, the other way round",
    breaks="any text but true switches a user off",
    killed_by="test_other_text_for_active_is_refused",
)
def patch_active_any_text_is_false(request: Request, server: Server) -> Reply:
    def read(o: Operation) -> Operation:
        if o.get("path") == "active" and isinstance(o.get("value"), str):
            return {**o, "value": o["value"].lower() == "true"}
        return o

    return changed(request, server, read)


@defect(
    "reactivate-ignored",
    source="kobotoolbox/kpi PR 7076; better-auth/better-auth PR 10242",
    breaks="active=true is answered with success and nothing happens",
    killed_by="test_enabled_user_is_active_again test_replace_switches_active_off_and_on test_add_switches_active",
)
def reactivate_ignored(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if str(o.get("value")).lower() == "true"])


@defect(
    "deactivate-hides-the-user",
    source="ssoready/ssoready#155, #166; langfuse/langfuse#13245",
    breaks="a deactivated user is answered 404",
    killed_by="test_disabled_user_is_still_found",
)
def deactivate_hides_the_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    hidden = request.is_("GET", "/Users/*") and reply.ok and (reply.json or {}).get("active") is False
    return Reply.error(404) if hidden else reply


@defect(
    "patch-dotted-keys-stored-literally",
    source="simpleidserver/SimpleIdServer#388",
    breaks='keys such as "name.givenName" are stored as attributes of that name',
    killed_by="test_update_of_several_attributes",
)
def patch_dotted_keys_stored_literally(request: Request, server: Server) -> Reply:
    literal: dict[str, Any] = server.memory.setdefault(request.path, {})
    kept = []
    for operation in request.operations:
        value = operation.get("value")
        if "path" not in operation and isinstance(value, dict):
            literal |= {key: item for key, item in value.items() if "." in key.rpartition(":")[2]}
            operation = {**operation, "value": {key: item for key, item in value.items() if key not in literal}}
        if operation.get("value") != {}:
            kept.append(operation)
    asked = request.with_operations(kept) if kept else request
    return server(asked).each_resource(lambda r: {**r, **literal})


@defect(
    "patch-filter-no-match-not-created",
    source="thomaspoignant/scim-patch#187; Metatavu/keycloak-scim-server#35; zitadel/zitadel#9690",
    breaks="a filtered path without a match is refused: e-mail, phone and address never arrive",
    killed_by="test_element_that_is_not_there_is_created test_parts_of_an_element_in_operations_of_their_own",
)
def patch_filter_no_match_not_created(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.operations else None
    for operation in request.operations:
        name, bracket, rest = str(operation.get("path", "")).partition("[type eq ")
        types = {e.get("type") for e in (held or {}).get(name) or ()}
        if bracket and rest.split('"')[1] not in types:
            return Reply.error(400, "noTarget")
    return server(request)


@defect(
    "patch-filter-no-match-appended-every-time",
    source="simpleidserver/SimpleIdServer#58; wireapp/wire-server#5419; zitadel/zitadel#9690",
    breaks="each change by a filtered path appends another element",
    killed_by="test_change_of_the_work_mail",
)
def patch_filter_no_match_appended_every_time(request: Request, server: Server) -> Reply:
    def append(o: Operation) -> Operation:
        found = re.fullmatch(r'(\w+)\[type eq "(\w+)"\]\.(\w+)', str(o.get("path", "")))
        if not found or is_(o, "remove"):
            return o
        name, kind, part = found.groups()
        marked = {"type": kind, part: o["value"], "display": str(len(server.memory))}
        server.memory[str(len(server.memory))] = True  # each one differs, so that it is no repetition
        return {"op": "add", "path": name, "value": [marked]}

    return changed(request, server, append)


@defect(
    "patch-type-subattribute-dropped",
    source="zitadel/zitadel#9690; wireapp/wire-server#5419",
    breaks="one bare address is kept, without its type",
    killed_by="test_change_of_the_work_mail",
)
def patch_type_subattribute_dropped(request: Request, server: Server) -> Reply:
    def bare(r: dict[str, Any]) -> dict[str, Any]:
        return {**r, "emails": [{"value": e.get("value")} for e in r["emails"]]} if "emails" in r else r

    return server(request).each_resource(bare)


@defect(
    "patch-subattributes-in-separate-ops",
    source="simpleidserver/SimpleIdServer#376",
    breaks="each operation on a part of a new element makes an element of its own",
    killed_by="test_parts_of_an_element_in_operations_of_their_own",
)
def patch_subattributes_in_separate_ops(request: Request, server: Server) -> Reply:
    def own(o: Operation) -> Operation:
        found = re.fullmatch(r"emails\[.*\]\.(\w+)", str(o.get("path", "")))
        return {"op": "add", "path": "emails", "value": [{"value": "x@y", found[1]: o["value"]}]} if found else o

    return changed(request, server, own) if len(request.operations) == 3 else server(request)


@defect(
    "patch-manager-as-string",
    source="interop-bugs patch-manager-as-string; python-scim/scim2-server 0.8",
    breaks="the manager is stored as it comes: a bare text",
    killed_by="test_manager_in_every_form",
)
def patch_manager_as_string(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if str(operation.get("path", "")).endswith("manager") and isinstance(operation.get("value"), str):
            server.memory[request.path] = operation["value"]
    held = server.memory.get(request.path)
    urn = MANAGER.removesuffix(":manager")
    return server(request).each_resource(lambda r: {**r, urn: {**r.get(urn, {}), "manager": held}} if held else r)


@defect(
    "patch-manager-not-removed",
    source="RFC7644-3.5.2.2-02; entra.md 3.6",
    breaks="the removal of the manager is answered with success and ignored",
    killed_by="test_manager_is_removed",
)
def patch_manager_not_removed(request: Request, server: Server) -> Reply:
    gone = [o for o in request.operations if o.get("path") == MANAGER and not o.get("value")]
    return without(request, server, gone)


@defect(
    "patch-single-attribute-lost",
    source="OctopusDeploy/Issues#9841, class of bug",
    breaks="title and department are answered with success and dropped",
    killed_by="test_change_of_one_attribute",
)
def patch_single_attribute_lost(request: Request, server: Server) -> Reply:
    return without(
        request, server, [o for o in request.operations if str(o.get("path")).endswith(("title", "department"))]
    )


@defect(
    "patch-primary-string-true-in-filter",
    source="pingidentity/scim2#239; jelhub/scimgateway#89",
    breaks='[primary eq "True"] finds nothing, and the change is answered with success',
    killed_by="test_primary_as_text_in_a_filter",
)
def patch_primary_string_true_in_filter(request: Request, server: Server) -> Reply:
    return quietly(request, server) if 'primary eq "True"' in str(request.operations) else server(request)


@defect(
    "patch-unknown-attribute-rejects-all",
    source="grokability/snipe-it#14708, #14138",
    breaks="a create with a fax number is refused whole",
    killed_by="test_entras_create_is_taken",
)
def patch_unknown_attribute_rejects_all(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and b'"fax"' in request.body:
        return Reply.error(400, "invalidValue", "phoneNumbers.type")
    return server(request)


@defect(
    "create-null-attributes-refused",
    source="RFC7643-2.5-01; elimity-com/scim#78",
    breaks="null for an attribute without value is refused",
    killed_by="test_create_with_nulls_and_empty_lists",
)
def create_null_attributes_refused(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict) and None in request.json.values():
        return Reply.error(400, "invalidValue", "null")
    return server(request)


@defect(
    "missing-user-agent-blocked",
    source="interop-bugs missing-user-agent-blocked",
    breaks="a request without User-Agent is refused 403",
    killed_by="test_requests_without_user_agent_are_answered",
)
def missing_user_agent_blocked(request: Request, server: Server) -> Reply:
    agent = request.headers.get("user-agent", "")
    return (
        server(request) if agent and "urllib3" not in agent else Reply(403, {"content-type": "text/html"}, b"blocked")
    )


@defect(
    "trailing-amp-or-question-mark",
    source="interop-bugs trailing-amp-or-question-mark",
    breaks="a query with a flag in it is refused",
    killed_by="test_flag_in_the_url_is_ignored",
)
def trailing_amp_or_question_mark(request: Request, server: Server) -> Reply:
    if any("=" not in part for part in request.query.split("&") if request.query):
        return Reply.error(400, "invalidSyntax")
    return server(request)
