"""Defects against the IPSIE profile: open doors, errors that tell too much, leavers that stay, lookups that miss."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.interop import config_with
from conformance.defects.lists import is_list, with_filter
from conformance.defects.operations import without
from conformance.defects.wire import Reply, Request, Server

GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
TRACE = 'Traceback (most recent call last):\n  File "/srv/app/scim/users.py", line 88, in find\nsqlalchemy.exc.NoResultFound'
BOTH_VALUES = re.compile(r'emails\[type eq "(\w+)" and value eq "([^"]+)"\]')


def _with_the_key(request: Request, server: Server) -> Request:
    """The request with a token that was once accepted, whatever its own is."""
    if server(Request("GET", "/ServiceProviderConfig", "", request.headers)).ok:
        server.memory["key"] = request.headers.get("authorization")
    return request.with_header("authorization", server.memory.get("key"))


# ── section 4 and 8 ──


@defect(
    "ipsie-groups-read-without-a-token",
    source="IPSIE-ALL-4.1-01",
    breaks="the list of groups is open to everybody",
    killed_by="test_ipsie_reads_need_a_token",
)
def ipsie_groups_read_without_a_token(request: Request, server: Server) -> Reply:
    opened = _with_the_key(request, server)
    return server(opened if is_list(request, "/Groups") else request)


@defect(
    "ipsie-writes-with-any-token",
    source="IPSIE-ALL-4.1-01",
    breaks="a write with a wrong token is carried out and then answered 401",
    killed_by="test_ipsie_writes_need_a_token",
)
def ipsie_writes_with_any_token(request: Request, server: Server) -> Reply:
    opened = _with_the_key(request, server)
    if request.is_("PATCH|DELETE", "/Users/*"):
        server(opened)
        return server(request) if opened.headers == request.headers else Reply.error(401)
    return server(request)


@defect(
    "ipsie-no-put",
    source="IPSIE-ALL-4.2-03",
    breaks="PUT, which the RFC demands, is 501",
    killed_by="test_ipsie_functions_of_the_rfc_are_there",
)
def ipsie_no_put(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.method == "PUT" else server(request)


@defect(
    "ipsie-no-bulk",
    source="IPSIE-ALL-4.3-04",
    breaks="bulk is not offered",
    killed_by="test_ipsie_bulk_is_supported",
)
def ipsie_no_bulk(request: Request, server: Server) -> Reply:
    return config_with(request, server, bulk={"supported": False, "maxOperations": 0, "maxPayloadSize": 0})


@defect(
    "ipsie-error-status-is-a-number",
    source="IPSIE-ALL-8-01",
    breaks="the status of an error is a number",
    killed_by="test_ipsie_errors_have_their_form",
)
def ipsie_error_status_is_a_number(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply if reply.status < 400 else reply.with_json({**reply.json, "status": reply.status})


@defect(
    "ipsie-errors-show-the-trace",
    source="IPSIE-ALL-8-02",
    breaks="the detail of a 404 is a stack trace",
    killed_by="test_ipsie_errors_give_nothing_away",
)
def ipsie_errors_show_the_trace(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "detail": TRACE}) if reply.status == 404 and reply.body else reply


# ── section 5, AL1 ──


@defect(
    "ipsie-leavers-stay",
    source="IPSIE-AL1-5-01",
    breaks="neither active=false nor DELETE has an effect, both are answered with success",
    killed_by="test_ipsie_leaver_is_deprovisioned test_ipsie_active_goes_off_and_on test_ipsie_user_can_be_deleted"
    " test_ipsie_deleted_name_is_free",
)
def ipsie_leavers_stay(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        return Reply.of(204)
    return without(request, server, [o for o in request.operations if o.get("path") == "active"])


@defect(
    "ipsie-returner-loses-the-name",
    source="IPSIE-AL1-5.1-06",
    breaks="deactivation takes the displayName away",
    killed_by="test_ipsie_returner_finds_everything_again test_interop_deactivated_user_is_kept",
)
def ipsie_returner_loses_the_name(request: Request, server: Server) -> Reply:
    if any(o.get("path") == "active" and o.get("value") is False for o in request.operations):
        return server(request.with_operations([*request.operations, {"op": "remove", "path": "displayName"}]))
    return server(request)


@defect(
    "ipsie-no-deletion",
    source="IPSIE-AL1-10-03",
    breaks="DELETE is 405",
    killed_by="test_ipsie_user_can_be_deleted",
    verdict="WARN",
)
def ipsie_no_deletion(request: Request, server: Server) -> Reply:
    return Reply.error(405) if request.is_("DELETE", "/Users/*") else server(request)


@defect(
    "ipsie-no-read-by-id",
    source="IPSIE-AL1-5.3-01",
    breaks="GET by id is 405, for users and for groups",
    killed_by="test_ipsie_user_is_read_by_id test_ipsie_group_is_read_by_id",
)
def ipsie_no_read_by_id(request: Request, server: Server) -> Reply:
    single = request.is_("GET", "/Users/*") or request.is_("GET", "/Groups/*")
    return Reply.error(405) if single else server(request)


@defect(
    "ipsie-filter-wants-the-spelling",
    source="IPSIE-AL1-5.4-01",
    breaks="username in small letters is no attribute",
    killed_by="test_ipsie_filter_by_user_name",
)
def ipsie_filter_wants_the_spelling(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if request.filter.startswith("username") else server(request)


@defect(
    "ipsie-filter-without-external-id",
    source="IPSIE-AL1-5.4-02",
    breaks="a filter on externalId is 400, for users and for groups",
    killed_by="test_ipsie_filter_by_external_id test_ipsie_groups_are_found test_ipsie_user_has_an_external_id",
)
def ipsie_filter_without_external_id(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if request.filter.startswith("externalId") else server(request)


@defect(
    "ipsie-filter-without-brackets",
    source="IPSIE-AL1-5.4-03",
    breaks="filters in brackets are 400",
    killed_by="test_ipsie_filter_by_address test_ipsie_filter_by_work_address test_ipsie_groups_of_a_user_are_found",
)
def ipsie_filter_without_brackets(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if "[" in request.filter else server(request)


@defect(
    "ipsie-bracket-over-all-addresses",
    source="IPSIE-AL1-5.4-04",
    breaks="type and value in brackets may come from two addresses",
    killed_by="test_ipsie_filter_by_work_address",
)
def ipsie_bracket_over_all_addresses(request: Request, server: Server) -> Reply:
    hit = BOTH_VALUES.fullmatch(request.filter)
    if hit is None:
        return server(request)
    return server(with_filter(request, f'emails.type eq "{hit[1]}" and emails.value eq "{hit[2]}"'))
