"""Defects of a PATCH's paths: malformed, unknown, with a URN, none at all (RFC 7644 3.5.2)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.operations import paths, quietly, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "patch-no-path-replace-ignored",
    source="pond/scimitar#29; getsentry/sentry#27199; imulab/go-scim#9",
    breaks="an operation without a path is answered with success and ignored",
    killed_by="test_without_path_the_value_names_the_attributes test_add_without_path_appends_and_sets",
)
def patch_no_path_replace_ignored(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if "path" not in o])


@defect(
    "patch-malformed-path-falls-through",
    source="negative test of a Rust SCIM crate",
    breaks="a path that cannot be read is taken for none, and the value is merged into the resource",
    killed_by="test_malformed_path_is_refused",
)
def patch_malformed_path_falls_through(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.ok or (reply.json or {}).get("scimType") not in ("invalidPath", "invalidFilter"):
        return reply
    values = [{"op": "replace", "value": o["value"]} for o in request.operations if isinstance(o.get("value"), dict)]
    return server(request.with_operations(values)) if values else reply


@defect(
    "patch-index-path-applied",
    source="RFC7644-3.5.2-02",
    breaks="emails[0].value is taken as in JSON Patch",
    killed_by="test_json_patch_paths_are_refused",
)
def patch_index_path_applied(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "emails[0].value":
            return server(request.with_operations([{**operation, "path": 'emails[type eq "work"].value'}]))
    return server(request)


@defect(
    "patch-unknown-path-2xx",
    source="NorthlandPositronics/Cogtrix#432, #2803",
    breaks="a path to an unknown attribute is answered with success",
    killed_by="test_path_to_an_unknown_attribute_is_refused",
    verdict="WARN",
)
def patch_unknown_path_2xx(request: Request, server: Server) -> Reply:
    reply = server(request)
    return quietly(request, server) if (reply.json or {}).get("scimType") == "invalidPath" else reply


@defect(
    "patch-core-urn-prefix-rejected",
    source="interop-bugs patch-core-urn-prefix-rejected",
    breaks="a path with the core schema's URN is refused",
    killed_by="test_paths_are_case_insensitive_and_may_carry_the_urn",
)
def patch_core_urn_prefix_rejected(request: Request, server: Server) -> Reply:
    if any(":core:2.0:" in path for path in paths(request)):
        return Reply.error(400, "invalidPath")
    return server(request)


@defect(
    "patch-extension-urn-path-rejected",
    source="interop-bugs patch-extension-urn-path-rejected",
    breaks="a path with an extension's URN is refused",
    killed_by="test_extension_attributes_are_patched_by_urn test_manager_is_patched_by_urn",
)
def patch_extension_urn_path_rejected(request: Request, server: Server) -> Reply:
    if any(":extension:" in path for path in paths(request)):
        return Reply.error(400, "invalidPath")
    return server(request)


@defect(
    "patch-attributes-param-returns-204",
    source="interop-bugs patch-attributes-param-returns-204",
    breaks="PATCH ?attributes=… is answered 204",
    killed_by="test_patch_with_attributes_answers_200",
)
def patch_attributes_param_returns_204(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(204) if request.method == "PATCH" and request.parameters.get("attributes") and reply.ok else reply


@defect(
    "patch-schemas-wrong-accepted",
    source="RFC7644-3.5.2-03",
    breaks="a PATCH with another schema is carried out",
    killed_by="test_patch_needs_its_schema",
    verdict="WARN",
)
def patch_schemas_wrong_accepted(request: Request, server: Server) -> Reply:
    if request.method != "PATCH" or not isinstance(request.json, dict):
        return server(request)
    return server(request.with_json({**request.json, "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}))


@defect(
    "patch-schemas-operation-drops-the-rest",
    source="RFC7644-3.5.2-18",
    breaks="an operation on schemas ends the PATCH: what follows is lost, with success",
    killed_by="test_schemas_changed_by_an_operation_count_for_the_next",
)
def patch_schemas_operation_drops_the_rest(request: Request, server: Server) -> Reply:
    return quietly(request, server) if "schemas" in paths(request) else server(request)


@defect(
    "patch-pathful-subattribute-500",
    source="15five/django-scim2#22",
    breaks="a path to a sub-attribute is answered 500",
    killed_by="test_every_form_of_path_is_taken test_replace_of_a_sub_attribute",
)
def patch_pathful_subattribute_500(request: Request, server: Server) -> Reply:
    if any("." in path.partition("[")[0] and ":" not in path for path in paths(request)):
        return Reply.error(500)
    return server(request)
