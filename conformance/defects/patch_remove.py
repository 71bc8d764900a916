"""Defects of PATCH remove (RFC 7644 3.5.2.2)."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.operations import Operation, changed, is_, quietly, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "patch-remove-silently-skipped",
    source="interop-bugs patch-remove-silently-skipped",
    breaks="remove is answered with success and ignored",
    killed_by="test_remove_unassigns_a_single_value test_remove_without_filter_removes_all_values "
    "test_remove_of_a_sub_attribute_in_matching_elements test_remove_of_a_part_of_a_complex_attribute "
    "test_attribute_without_values_left_is_unassigned test_every_form_of_path_is_taken test_remove_then_add_replaces_members",
)
def patch_remove_silently_skipped(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if is_(o, "remove") and o.get("path")])


@defect(
    "patch-remove-filter-removes-all",
    source="RFC7644-3.5.2.2-04; AzureAD/SCIMReferenceCode#10",
    breaks="remove with a filter removes every element",
    killed_by="test_remove_with_filter_keeps_the_others test_remove_of_one_member_keeps_the_others "
    "test_remove_of_somebody_who_is_no_member",
)
def patch_remove_filter_removes_all(request: Request, server: Server) -> Reply:
    return changed(
        request, server, lambda o: {**o, "path": o["path"].partition("[")[0]} if is_(o, "remove") and "path" in o else o
    )


@defect(
    "patch-remove-without-path-empties",
    source="RFC7644-3.5.2.2-01",
    breaks="remove without a path is answered with success",
    killed_by="test_remove_without_path_is_refused",
)
def patch_remove_without_path_empties(request: Request, server: Server) -> Reply:
    return (
        quietly(request, server)
        if any(is_(o, "remove") and "path" not in o for o in request.operations)
        else server(request)
    )


@defect(
    "patch-required-attribute-removed",
    source="RFC7644-3.5.2.2-08",
    breaks="the removal of a required or read-only attribute is answered with success",
    killed_by="test_required_attribute_cannot_be_removed",
)
def patch_required_attribute_removed(request: Request, server: Server) -> Reply:
    return without(
        request, server, [o for o in request.operations if is_(o, "remove") and o.get("path") in ("userName", "id")]
    )


@defect(
    "patch-remove-of-nothing-500",
    source="RFC7644-3.5.2.2-10",
    breaks="the removal of what is not there is answered 500",
    killed_by="test_remove_of_what_is_not_there_is_no_failure",
)
def patch_remove_of_nothing_500(request: Request, server: Server) -> Reply:
    held: Operation = (server.get(request.path, request) if request.operations else None) or {}
    names = [o["path"] for o in request.operations if is_(o, "remove") and re.fullmatch(r"\w+", o.get("path", ""))]
    return Reply.error(500) if any(name not in held for name in names) else server(request)
