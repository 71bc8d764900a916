"""Defects against the interoperability profile's rules of PATCH."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.operations import Operation, changed, is_, paths, quietly, without
from conformance.defects.wire import Reply, Request, Server

SEVERAL = "test_interop_one_patch_changes_several_attributes test_ipsie_one_patch_changes_several_attributes"
LISTS = ("emails", "members")


def _is_path_less(request: Request) -> bool:
    return any("path" not in operation for operation in request.operations)


@defect(
    "interop-patch-of-groups-missing",
    source="INTEROP-6.5-01",
    breaks="PATCH is offered, and groups do not know it",
    killed_by="test_interop_patch_is_supported test_ipsie_group_is_changed_by_patch test_ipsie_every_endpoint_is_there",
)
def interop_patch_of_groups_missing(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.is_("PATCH", "/Groups/*") else server(request)


@defect(
    "interop-path-less-is-no-target",
    source="INTEROP-6.5.1.1-03",
    breaks="an operation without a path is 400 noTarget",
    killed_by="test_interop_operation_without_path_is_refused",
)
def interop_path_less_is_no_target(request: Request, server: Server) -> Reply:
    return Reply.error(400, "noTarget") if _is_path_less(request) else server(request)


@defect(
    "interop-path-less-refused-by-halves",
    source="INTEROP-6.5.1.1-04",
    breaks="the operations with a path are carried out, then those without are refused",
    killed_by="test_interop_one_operation_without_path_refuses_all",
)
def interop_path_less_refused_by_halves(request: Request, server: Server) -> Reply:
    if not _is_path_less(request):
        return server(request)
    without(request, server, [operation for operation in request.operations if "path" not in operation])
    return Reply.error(400, "invalidSyntax")


@defect(
    "interop-patch-reads-one-operation",
    source="INTEROP-6.5.1.2-02",
    breaks="of several operations the first alone is carried out",
    killed_by=SEVERAL,
)
def interop_patch_reads_one_operation(request: Request, server: Server) -> Reply:
    return without(request, server, request.operations[1:])


@defect(
    "interop-add-keeps-the-old-value",
    source="INTEROP-6.5.2.1-01",
    breaks="add on a single value that is there has no effect",
    killed_by="test_interop_add_and_replace_do_the_same",
)
def interop_add_keeps_the_old_value(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.method == "PATCH" else None
    there = [o for o in request.operations if is_(o, "add") and isinstance((held or {}).get(o.get("path")), str | bool)]
    return without(request, server, there)


@defect(
    "interop-replace-keeps-parts",
    source="INTEROP-6.5.2.1-04",
    breaks="replace on a whole complex attribute keeps the parts that were not sent, as the RFC has it",
    killed_by="test_interop_replace_on_a_complex_attribute_drops_the_rest test_ipsie_interoperability_profile_is_kept",
)
def interop_replace_keeps_parts(request: Request, server: Server) -> Reply:
    def part_by_part(operation: Operation) -> Any:
        if not is_(operation, "replace", "name") or not isinstance(operation["value"], dict):
            return operation
        return [{**operation, "path": f"name.{part}", "value": value} for part, value in operation["value"].items()]

    return changed(request, server, part_by_part)


@defect(
    "interop-add-drops-parts",
    source="INTEROP-6.5.2.1-06",
    breaks="add to a complex attribute takes away the parts that were not sent",
    killed_by="test_interop_add_to_a_complex_attribute_keeps_the_rest",
)
def interop_add_drops_parts(request: Request, server: Server) -> Reply:
    def whole(operation: Operation) -> Any:
        return [{"op": "remove", "path": "name"}, operation] if operation.get("path") == "name" else operation

    return changed(request, server, whole)


@defect(
    "interop-replace-of-a-list-appends",
    source="INTEROP-6.5.2.2-02",
    breaks="replace on a list appends",
    killed_by="test_interop_replace_of_addresses_replaces_all test_interop_replace_of_members_swaps_all",
)
def interop_replace_of_a_list_appends(request: Request, server: Server) -> Reply:
    return changed(request, server, lambda o: {**o, "op": "add"} if o.get("path") in LISTS else o)


@defect(
    "interop-add-to-a-list-replaces",
    source="INTEROP-6.5.2.2-04",
    breaks="add to a list replaces it",
    killed_by="test_interop_add_of_an_address_keeps_the_others test_interop_add_of_a_member_keeps_the_others",
)
def interop_add_to_a_list_replaces(request: Request, server: Server) -> Reply:
    return changed(request, server, lambda o: {**o, "op": "replace"} if o.get("path") in LISTS else o)


@defect(
    "interop-filtered-path-changes-all",
    source="INTEROP-6.5.2.2-07",
    breaks="a path with a filter changes every element of the list",
    killed_by="test_interop_filtered_path_changes_one_part_of_one_element",
)
def interop_filtered_path_changes_all(request: Request, server: Server) -> Reply:
    def widened(operation: Operation) -> Operation:
        filtered = str(operation.get("path", "")).startswith("emails[type")
        return {**operation, "path": "emails[value pr].value"} if filtered else operation

    return changed(request, server, widened)


@defect(
    "interop-prohibited-patch-refused-too-late",
    source="INTEROP-6.5.3-01",
    breaks="a PATCH with a filter in its path is carried out and then refused, by a code of no help",
    killed_by="test_interop_prohibited_patch_is_told test_interop_prohibited_operator_is_called_invalid_syntax"
    " test_interop_several_matches_are_called_invalid_filter test_interop_path_to_an_element_is_called_invalid_path",
    verdict="WARN",
)
def interop_prohibited_patch_refused_too_late(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "invalidValue") if any("[" in path for path in paths(request)) else reply


@defect(
    "interop-deactivation-deletes",
    source="INTEROP-6.6-01",
    breaks="PATCH active=false deletes the user",
    killed_by="test_interop_deactivated_user_is_kept test_ipsie_active_goes_off_and_on"
    " test_ipsie_returner_finds_everything_again",
)
def interop_deactivation_deletes(request: Request, server: Server) -> Reply:
    if any(o.get("path") == "active" and o.get("value") is False for o in request.operations):
        return server(Request("DELETE", request.path, "", request.headers))
    return server(request)


@defect(
    "interop-emptied-user-is-deleted",
    source="INTEROP-6.6-03",
    breaks="a PATCH that only removes deletes the user",
    killed_by="test_interop_patch_never_deletes",
)
def interop_emptied_user_is_deleted(request: Request, server: Server) -> Reply:
    if request.operations and all(is_(operation, "remove") for operation in request.operations):
        reply = quietly(request, server)
        server(Request("DELETE", request.path, "", request.headers))
        return reply
    return server(request)
