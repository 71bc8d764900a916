"""Defects of PATCH on lists: add, remove and replace, with and without filters (RFC 7644 3.5.2.1 to 3.5.2.3)."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.operations import Operation, changed, is_, paths, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "patch-add-on-singular-rejected",
    source="rancher/rancher#54025, #54869; Captain-P-Goldfish/SCIM-SDK#416",
    breaks="add on a single value is refused",
    killed_by="test_add_sets_a_single_value test_add_switches_active test_extension_attributes_are_patched_by_urn",
)
def patch_add_on_singular_rejected(request: Request, server: Server) -> Reply:
    if any(is_(o, "add") and not isinstance(o.get("value"), list | dict) for o in request.operations):
        return Reply.error(400, "invalidValue", "add is for lists")
    return server(request)


@defect(
    "patch-add-acts-as-replace",
    source="thomaspoignant/scim-patch#220; wso2/product-is#11678",
    breaks="add replaces the list",
    killed_by="test_add_appends_members test_add_appends_to_a_multi_valued_attribute test_add_without_path_appends_and_sets "
    "test_added_primary_takes_the_place_of_the_old",
)
def patch_add_acts_as_replace(request: Request, server: Server) -> Reply:
    return changed(request, server, lambda o: {**o, "op": "replace"} if is_(o, "add") else o)


@defect(
    "patch-add-complex-replaces-it",
    source="RFC7644-3.5.2.1-05",
    breaks="add on a complex attribute drops its other parts",
    killed_by="test_add_to_a_complex_attribute_keeps_its_other_parts",
)
def patch_add_complex_replaces_it(request: Request, server: Server) -> Reply:
    return changed(
        request,
        server,
        lambda o: [{"op": "remove", "path": "name"}, o] if is_(o, "add", "name") and o["path"] == "name" else o,
    )


@defect(
    "patch-replace-complex-wipes-siblings",
    source="RFC7644-3.5.2.3-05",
    breaks="replace on a complex attribute drops the parts that are not sent",
    killed_by="test_replace_on_a_complex_attribute_keeps_the_other_parts",
)
def patch_replace_complex_wipes_siblings(request: Request, server: Server) -> Reply:
    return changed(request, server, lambda o: [{"op": "remove", "path": "name"}, o] if o.get("path") == "name" else o)


@defect(
    "patch-replace-of-nothing-400",
    source="RFC7644-3.5.2.3-04",
    breaks="replace on an attribute without value is refused with noTarget",
    killed_by="test_replace_of_nothing_works_as_add",
)
def patch_replace_of_nothing_400(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) or {}
    plain = [o["path"] for o in request.operations if is_(o, "replace") and re.fullmatch(r"\w+", o.get("path", ""))]
    return Reply.error(400, "noTarget") if any(path not in held for path in plain) else server(request)


@defect(
    "patch-replace-list-appends",
    source="RFC7644-3.5.2.3-03",
    breaks="replace on a list appends",
    killed_by="test_replace_of_a_multi_valued_attribute_replaces_all test_replace_of_members_replaces_all",
)
def patch_replace_list_appends(request: Request, server: Server) -> Reply:
    def append(o: Operation) -> Operation:
        return {**o, "op": "add"} if is_(o, "replace") and isinstance(o.get("value"), list) else o

    return changed(request, server, append)


@defect(
    "group-replace-op-unsupported",
    source="interop-bugs group-replace-op-unsupported",
    breaks="replace members is answered with success and ignored",
    killed_by="test_replace_of_members_replaces_all",
)
def group_replace_op_unsupported(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if is_(o, "replace", "members")])


@defect(
    "patch-replace-filter-wipes-siblings",
    source="Captain-P-Goldfish/SCIM-SDK#201",
    breaks="replace with a filter replaces the whole list",
    killed_by="test_replace_with_filter_replaces_matching_elements test_replace_with_filter_changes_the_matching_element",
)
def patch_replace_filter_wipes_siblings(request: Request, server: Server) -> Reply:
    def whole(o: Operation) -> Operation:
        name, bracket, _ = str(o.get("path", "")).partition("[")
        if not bracket or not is_(o, "replace"):
            return o
        value = o["value"] if isinstance(o["value"], dict) else {"value": o["value"], "type": "work"}
        return {"op": "replace", "path": name, "value": [value]}

    return changed(request, server, whole)


@defect(
    "patch-filter-only-first-match",
    source="thomaspoignant/scim-patch#503",
    breaks="of several matching elements only the first is changed",
    killed_by="test_replace_with_filter_and_sub_attribute_changes_all_matches",
)
def patch_filter_only_first_match(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == 'addresses[type eq "work"].streetAddress':
            held: list[Operation] = (server.get(request.path, request) or {}).get("addresses") or []
            first = next((a for a in held if a.get("type") == "work"), None)
            new = [{**a, "streetAddress": operation["value"]} if a is first else a for a in held]
            return server(request.with_operations([{"op": "replace", "path": "addresses", "value": new}]))
    return server(request)


@defect(
    "patch-colon-or-dot-in-filter-value",
    source="lightdash/lightdash#18243",
    breaks="a path is split at colon and dot before its filter is read: 500",
    killed_by="test_filter_values_may_hold_any_character",
)
def patch_colon_or_dot_in_filter_value(request: Request, server: Server) -> Reply:
    values = [value for path in paths(request) for value in re.findall(r'"([^"]*)"', path)]
    return Reply.error(500) if any(":" in value for value in values) else server(request)


@defect(
    "patch-filter-no-match-ignored",
    source="thomaspoignant/scim-patch#187; zitadel/zitadel#9690",
    breaks="replace with a filter that matches nothing is answered with success and ignored",
    killed_by="test_replace_with_filter_that_matches_nothing",
)
def patch_filter_no_match_ignored(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) or {}
    types = {e.get("type") for e in held.get("emails") or ()}
    missed = [
        o for o in request.operations if is_(o, "replace", "emails[type eq ") and o["path"].split('"')[1] not in types
    ]
    return without(request, server, missed)


@defect(
    "patch-filter-no-match-overwrites",
    source="interop-bugs patch-filter-no-match-not-created",
    breaks="add with a filter that matches nothing overwrites the first element",
    killed_by="test_add_with_filter_that_matches_nothing",
)
def patch_filter_no_match_overwrites(request: Request, server: Server) -> Reply:
    def first(o: Operation) -> Operation:
        if is_(o, "add", "emails[type eq") and o["path"].endswith(".value"):
            return {"op": "replace", "path": "emails", "value": [{"value": o["value"], "type": "work"}]}
        return o

    return changed(request, server, first)


@defect(
    "patch-filter-changes-all-elements",
    source="RFC7644-3.5.2.1-12",
    breaks="add with a filter changes every element",
    killed_by="test_add_with_filter_changes_the_matching_element",
)
def patch_filter_changes_all_elements(request: Request, server: Server) -> Reply:
    return changed(
        request,
        server,
        lambda o: {**o, "path": re.sub(r"\[.*\]", "[value pr]", o.get("path", ""))} if is_(o, "add", "emails[") else o,
    )


@defect(
    "patch-add-doubles-elements",
    source="simpleidserver/SimpleIdServer#58; wireapp/wire-server#5419",
    breaks="an element that is there is added once more",
    killed_by="test_add_of_a_value_already_there_changes_nothing",
    verdict="WARN",
)
def patch_add_doubles_elements(request: Request, server: Server) -> Reply:
    if any(is_(o, "add", "emails") for o in request.operations):
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(lambda r: {**r, "emails": [*r.get("emails", []), *r.get("emails", [])[:1]]})


@defect(
    "group-response-duplicates-existing-member",
    source="interop-bugs group-response-duplicates-existing-member",
    breaks="a member that is added again is there twice",
    killed_by="test_add_appends_members",
    verdict="WARN",
)
def group_response_duplicates_existing_member(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if is_(operation, "add", "members") and operation.get("path") == "members":
            seen = server.memory.setdefault(request.path, set())
            new = {item["value"] for item in operation["value"] if isinstance(item, dict)}
            server.memory["twice", request.path] = sorted(seen & new)
            seen |= new
    twice = server.memory.get(("twice", request.path), [])
    return server(request).each_resource(
        lambda r: {**r, "members": [*r.get("members", []), *({"value": t} for t in twice)]}
    )


@defect(
    "patch-noop-touches-last-modified",
    source="RFC7644-3.5.2.1-10",
    breaks="an add that changes nothing moves meta.lastModified",
    killed_by="test_repeated_add_leaves_last_modified_alone",
)
def patch_noop_touches_last_modified(request: Request, server: Server) -> Reply:
    if request.operations:
        server.memory[request.path] = server.memory.get(request.path, 0) + 1
    moved = server.memory.get(request.path)
    if not moved:
        return server(request)
    stamp = f"2031-01-01T00:00:{moved:02}Z"
    return server(request).each_resource(lambda r: {**r, "meta": {**r["meta"], "lastModified": stamp}})


@defect(
    "patch-missing-value-accepted",
    source="interop-bugs patch-missing-value-accepted",
    breaks="add and replace without a value are answered with success",
    killed_by="test_operation_without_value_is_refused",
)
def patch_missing_value_accepted(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if not is_(o, "remove") and "value" not in o])


@defect(
    "patch-primary-not-moved",
    source="sourcegraph/sourcegraph-public-snapshot#49210; wso2/product-is#10033, #3866",
    breaks="a new primary leaves the old one primary",
    killed_by="test_new_primary_takes_the_place_of_the_old test_added_primary_takes_the_place_of_the_old",
)
def patch_primary_not_moved(request: Request, server: Server) -> Reply:
    if any("primary" in str(o.get("path")) or "primary" in str(o.get("value")) for o in request.operations):
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(lambda r: {**r, "emails": [{**e, "primary": True} for e in r.get("emails", [])]})
