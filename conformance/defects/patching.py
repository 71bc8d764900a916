"""Defects of PATCH as a whole and of its paths (RFC 7644 3.5.2), as real servers have them."""

from __future__ import annotations

from dataclasses import replace

from conformance.defects.catalogue import defect
from conformance.defects.operations import paths, quietly, without
from conformance.defects.wire import ERROR_URN, Reply, Request, Server


@defect(
    "patch-active-noop-200",
    source="NorthlandPositronics/Cogtrix#122; OneUptime/oneuptime#3852; HelpCode-ai/anythingmcp#535",
    breaks="PATCH of active is answered with success and nothing happens",
    killed_by="test_replace_switches_active_off_and_on test_disabled_user_is_inactive test_add_switches_active",
)
def patch_active_noop_200(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if o.get("path") == "active"])


@defect(
    "patch-only-active-supported",
    source="getsentry/sentry-docs#16258; FusionAuth/fusionauth-issues#3311; langfuse/langfuse#13245",
    breaks="a PATCH of anything but active is refused",
    killed_by="test_replace_sets_a_single_value test_add_sets_a_single_value test_replace_of_a_sub_attribute",
)
def patch_only_active_supported(request: Request, server: Server) -> Reply:
    if any(path != "active" for path in paths(request)):
        return Reply.error(400, "invalidValue", "unsupported operation")
    return server(request)


@defect(
    "patch-deactivate-answers-404",
    source="langfuse/langfuse#13245",
    breaks="the deactivation is done, then answered 404",
    killed_by="test_replace_switches_active_off_and_on",
)
def patch_deactivate_answers_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(404) if any(o.get("value") is False for o in request.operations) else reply


@defect(
    "patch-two-attributes-one-request-misread",
    source="ssoready/ssoready",
    breaks="of several operations only the first takes effect",
    killed_by="test_all_operations_of_one_request_take_effect test_operations_apply_in_order",
)
def patch_two_attributes_one_request_misread(request: Request, server: Server) -> Reply:
    return server(request.with_operations(request.operations[:1])) if len(request.operations) > 1 else server(request)


@defect(
    "patch-not-atomic",
    source="RFC7644-3.5.2-22; interop-bugs patch-not-atomic",
    breaks="the operations before a bad one stay applied",
    killed_by="test_patch_is_all_or_nothing",
)
def patch_not_atomic(request: Request, server: Server) -> Reply:
    last = server(request)
    if last.ok or len(request.operations) < 2:
        return last
    for operation in request.operations:
        last = server(request.with_operations([operation]))
        if not last.ok:
            break
    return last


@defect(
    "patch-unknown-op-ignored",
    source="RFC7644-3.5.2-05",
    breaks="an operation with an unknown op is skipped with success",
    killed_by="test_unknown_op_is_refused",
)
def patch_unknown_op_ignored(request: Request, server: Server) -> Reply:
    known = ("add", "replace", "remove")
    return without(request, server, [o for o in request.operations if str(o.get("op")).lower() not in known])


@defect(
    "patch-op-case-sensitive",
    source="RFC7644-3.5.2-06; rancher/rancher#54025",
    breaks="Replace with a capital is answered with success and ignored",
    killed_by="test_op_is_taken_in_any_case",
)
def patch_op_case_sensitive(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if str(o.get("op")) != str(o.get("op")).lower()])


@defect(
    "patch-readonly-id-rejected",
    source="interop-bugs patch-readonly-id-rejected",
    breaks="a path-less value that holds the own id is answered with success and lost whole",
    killed_by="test_path_less_patch_with_a_read_only_key",
)
def patch_readonly_id_rejected(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if "id" in (o.get("value") or ())])


@defect(
    "patch-readonly-changed",
    source="RFC7644-3.5.2-16",
    breaks="a PATCH of meta.created moves it",
    killed_by="test_read_only_attributes_cannot_be_patched",
)
def patch_readonly_changed(request: Request, server: Server) -> Reply:
    if any(path.startswith("meta") for path in paths(request)):
        server.memory[request.path] = "2001-01-01T00:00:00Z"
        return quietly(request, server)
    moved = server.memory.get(request.path)
    reply = server(request)
    return reply.each_resource(lambda r: {**r, "meta": {**r["meta"], "created": moved}}) if moved else reply


@defect(
    "patch-wrong-type-stored-as-text",
    source="RFC7644-3.5.2-13",
    breaks="a value of another type is answered with success",
    killed_by="test_value_of_another_type_is_refused",
)
def patch_wrong_type_stored_as_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    if (reply.json or {}).get("scimType") == "invalidValue" and all("value" in o for o in request.operations):
        return quietly(request, server)
    return reply


@defect(
    "patch-answers-with-the-old-resource",
    source="fleetdm/fleet#50724",
    breaks="the body of a PATCH's 200 is the resource before the change",
    killed_by="test_successful_patch_answers_with_the_resource_or_nothing",
)
def patch_answers_with_the_old_resource(request: Request, server: Server) -> Reply:
    if request.method != "PATCH":
        return server(request)
    before = server.get(request.path, request)
    reply = server(request)
    return Reply.of(200, before) if reply.ok and before else reply


@defect(
    "patch-empty-operations-200",
    source="RFC7644-3.5.2-04",
    breaks="a PATCH without operations is answered with success",
    killed_by="test_patch_without_operations_is_refused test_patch_with_an_empty_list_of_operations",
    verdict="WARN",
)
def patch_empty_operations_200(request: Request, server: Server) -> Reply:
    if request.method == "PATCH" and not request.operations:
        return quietly(request, server)
    return server(request)


@defect(
    "patch-unknown-id-500",
    source="RFC7644-3.5.2-27",
    breaks="a PATCH of an unknown id is answered 500",
    killed_by="test_patch_of_an_unknown_id_is_404",
)
def patch_unknown_id_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(500) if request.method == "PATCH" and reply.status == 404 else reply


@defect(
    "patch-takes-another-user-name",
    source="RFC7644-3.5.2-28",
    breaks="a PATCH to a userName in use is answered with success",
    killed_by="test_patch_cannot_take_another_user_name",
)
def patch_takes_another_user_name(request: Request, server: Server) -> Reply:
    reply = server(request)
    return quietly(request, server) if request.method == "PATCH" and reply.status == 409 else reply


@defect(
    "patch-roundtrip-drops-unmapped",
    source="interop-bugs patch-roundtrip-drops-unmapped",
    breaks="a PATCH of displayName takes the externalId away",
    killed_by="test_unrelated_patch_leaves_everything_else",
)
def patch_roundtrip_drops_unmapped(request: Request, server: Server) -> Reply:
    if "displayName" in paths(request):
        return server(request.with_operations([*request.operations, {"op": "remove", "path": "externalId"}]))
    return server(request)


@defect(
    "patch-error-without-scim-body",
    source="RFC7644-3.5.2-24; Infisical/infisical#6552",
    breaks="a refused PATCH is answered with a framework's own error",
    killed_by="test_patch_is_all_or_nothing test_malformed_path_is_refused",
)
def patch_error_without_scim_body(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method != "PATCH" or reply.status < 400 or ERROR_URN not in (reply.json or {}).get("schemas", ()):
        return reply
    return replace(reply.with_json({"message": "bad"}), headers={"content-type": "application/json"})
