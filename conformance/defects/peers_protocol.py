"""Defects that other test tools look for as well: groups by bulk, conditional reads, /Me, refusals, and Okta's own test."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ONE = "/Users/*"
SLOW_S = 0.7


# ── bulk, versions, /Me ──


@defect(
    "bulk-knows-users-only",
    source="RFC7644-3.7-02",
    breaks="bulk operations on groups are told as done and not carried out",
    killed_by="test_bulk_changes_groups",
)
def bulk_knows_users_only(request: Request, server: Server) -> Reply:
    if not request.is_("POST", "/Bulk") or "/Groups/" not in request.body.decode("utf-8", "replace"):
        return server(request)
    statuses = {"PUT": "200", "PATCH": "200", "DELETE": "204"}
    done = [{**o, "status": statuses.get(o["method"], "201")} for o in request.json["Operations"]]
    return Reply.of(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": done})


@defect(
    "bulk-without-its-schema-is-carried-out",
    source="RFC7644-3.7-03",
    breaks="a bulk request that does not say what it is changes people",
    killed_by="test_bulk_request_without_its_schema_is_refused",
    verdict="WARN",
)
def bulk_without_its_schema_is_carried_out(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Bulk") and isinstance(request.json, dict) and "schemas" not in request.json:
        urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
        return server(request.with_json({**request.json, "schemas": [urn]}))
    return server(request)


@defect(
    "if-none-match-is-always-304",
    source="RFC7644-3.14-05",
    breaks="a read with any If-None-Match is 304",
    killed_by="test_if_none_match_compares_with_the_current_version",
)
def if_none_match_is_always_304(request: Request, server: Server) -> Reply:
    if request.is_("GET", ONE) and "if-none-match" in request.headers:
        return Reply(304)
    return server(request)


@defect(
    "me-is-its-own-address",
    source="RFC7644-3.11-05",
    breaks="GET /Me names /Me as the place of the user",
    killed_by="test_me_names_its_permanent_location",
)
def me_is_its_own_address(request: Request, server: Server) -> Reply:
    if not request.is_("GET", "/Me"):
        return server(request)
    user = {"schemas": [USER], "id": "me", "userName": "me", "meta": {"resourceType": "User", "location": "/Me"}}
    return Reply.of(200, user, location="/Me")


@defect(
    "me-takes-creates",
    source="RFC7644-3.11-02",
    breaks="GET /Me is not offered, and POST /Me creates a user",
    killed_by="test_me_that_is_not_offered_takes_no_writes",
    verdict="WARN",
)
def me_takes_creates(request: Request, server: Server) -> Reply:
    return server(replace(request, path="/Users") if request.is_("POST", "/Me") else request)


# ── errors and URLs ──


@defect(
    "unauthorized-status-is-a-number",
    source="RFC7644-3.12-03",
    breaks="the body of a 401 has its status as a number and no detail",
    killed_by="test_unauthorized_tells_status_and_reason",
)
def unauthorized_status_is_a_number(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.status == 401 and isinstance(reply.json, dict):
        return reply.with_json({"schemas": reply.json.get("schemas"), "status": 401})
    return reply


@defect(
    "id-cut-at-an-encoded-hash",
    source="RFC7644-1.2-01",
    breaks="a URL is decoded before it is split, so what follows %23 or %3F is cut off",
    killed_by="test_encoded_sign_behind_an_id_is_another_id",
)
def id_cut_at_an_encoded_hash(request: Request, server: Server) -> Reply:
    return server(replace(request, path=re.split("%23|%3F", request.path)[0]))


# ── Okta ──


@defect(
    "okta-list-without-addresses",
    source="Okta's test of a SCIM server",
    breaks="people in lists have no e-mail and no name",
    killed_by="test_listed_people_show_their_profile",
)
def okta_list_without_addresses(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users"):
        return reply
    return reply.each_resource(lambda held: {k: v for k, v in held.items() if k not in ("emails", "name")})


@defect(
    "okta-list-of-groups-is-slow",
    source="Okta's test of a SCIM server",
    breaks="GET /Groups takes longer than 600 ms",
    killed_by="test_groups_are_listed_in_time",
    verdict="WARN",
)
def okta_list_of_groups_is_slow(request: Request, server: Server) -> Reply:
    if request.is_("GET", "/Groups"):
        time.sleep(SLOW_S)
    return server(request)
