"""Defects against the IPSIE profile's groups."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list, with_filter
from conformance.defects.operations import is_, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "ipsie-groups-cannot-be-created",
    source="IPSIE-AL2-6.2.2-01",
    breaks="groups are published and POST is 501",
    killed_by="test_ipsie_group_is_created test_ipsie_every_endpoint_is_there",
)
def ipsie_groups_cannot_be_created(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.is_("POST", "/Groups") else server(request)


@defect(
    "ipsie-members-lost-on-create",
    source="IPSIE-AL2-6.2.1-02",
    breaks="the members of a new group are thrown away",
    killed_by="test_ipsie_group_has_the_attribute",
)
def ipsie_members_lost_on_create(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Groups") and isinstance(request.json, dict):
        return server(request.with_json({name: value for name, value in request.json.items() if name != "members"}))
    return server(request)


@defect(
    "ipsie-conflict-of-groups-is-a-bad-request",
    source="IPSIE-AL2-6.2.1-04",
    breaks="a displayName that is taken is 400 invalidValue",
    killed_by="test_ipsie_group_names_are_unique",
    verdict="WARN",
)
def ipsie_conflict_of_groups_is_a_bad_request(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "invalidValue") if request.path == "/Groups" and reply.status == 409 else reply


@defect(
    "ipsie-empty-group-refused",
    source="IPSIE-AL2-6.2.2-02",
    breaks="a group needs a member",
    killed_by="test_ipsie_empty_group_is_created",
)
def ipsie_empty_group_refused(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Groups") and isinstance(request.json, dict) and not request.json.get("members"):
        return Reply.error(400, "invalidValue")
    return server(request)


@defect(
    "ipsie-groups-of-everybody",
    source="IPSIE-AL2-6.2.5-03",
    breaks="a filter by member gives every group that has members",
    killed_by="test_ipsie_groups_of_a_user_are_found",
)
def ipsie_groups_of_everybody(request: Request, server: Server) -> Reply:
    if is_list(request, "/Groups") and request.filter.startswith("members["):
        return server(with_filter(request, "members pr"))
    return server(request)


@defect(
    "ipsie-group-names-are-prefixes",
    source="IPSIE-AL2-6.2.5-01",
    breaks="displayName eq is read as sw",
    killed_by="test_ipsie_groups_are_found",
)
def ipsie_group_names_are_prefixes(request: Request, server: Server) -> Reply:
    if is_list(request, "/Groups") and request.filter.startswith("displayName eq "):
        text = request.filter.replace(" eq ", " sw ").rstrip('"')
        return server(with_filter(request, text.rstrip("0123456789") + '"'))
    return server(request)


@defect(
    "ipsie-members-never-leave",
    source="IPSIE-AL2-6.2.6-01",
    breaks="the removal of a member succeeds without effect",
    killed_by="test_ipsie_group_is_changed_by_patch test_ipsie_fifty_operations_on_members",
)
def ipsie_members_never_leave(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if is_(o, "remove", "members[")])


@defect(
    "ipsie-twenty-operations-at-most",
    source="IPSIE-AL2-6.2.6-02",
    breaks="of one PATCH twenty operations are carried out",
    killed_by="test_ipsie_fifty_operations_on_members",
)
def ipsie_twenty_operations_at_most(request: Request, server: Server) -> Reply:
    return without(request, server, request.operations[20:])
