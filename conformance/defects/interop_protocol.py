"""Defects against the interoperability profile: addresses, media types, filters, pages, TLS."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from conformance.defects.catalogue import defect
from conformance.defects.interop import config_with
from conformance.defects.lists import is_list, resources_of, with_filter, with_resources
from conformance.defects.wire import Reply, Request, Server

SINGLE = "/Users/*"


# ── endpoints and addresses ──


@defect(
    "interop-types-share-an-endpoint",
    source="INTEROP-6.1-01",
    breaks="users and groups are published at the same endpoint",
    killed_by="test_interop_endpoints_are_unique",
)
def interop_types_share_an_endpoint(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.path.startswith("/ResourceTypes"):
        return reply
    return reply.each_resource(lambda rtype: {**rtype, "endpoint": "/Users"})


@defect(
    "interop-list-mixes-types",
    source="INTEROP-6.1-02",
    breaks="the list of users holds groups as well",
    killed_by="test_interop_endpoint_lists_its_own_type",
)
def interop_list_mixes_types(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request, "/Users") and not request.filter:
        group = {"schemas": [], "id": "g", "displayName": "Sales", "meta": {"resourceType": "Group"}}
        return with_resources(reply, [*resources_of(reply), group])
    return reply


@defect(
    "interop-root-is-a-web-page",
    source="INTEROP-6.1-03",
    breaks="the root answers 200 with HTML",
    killed_by="test_interop_root_query_is_answered_or_refused",
    verdict="WARN",
)
def interop_root_is_a_web_page(request: Request, server: Server) -> Reply:
    return Reply(200, {"content-type": "text/html"}, b"<h1>hello</h1>") if request.path == "/" else server(request)


@defect(
    "interop-location-names-the-user",
    source="INTEROP-6.1-04",
    breaks="meta.location and Location end in the userName",
    killed_by="test_interop_address_is_endpoint_and_id",
)
def interop_location_names_the_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("POST", "/Users") or reply.status != 201:
        return reply
    place = f"/Users/{reply.json['userName']}"
    return reply.with_json({**reply.json, "meta": {**reply.json["meta"], "location": place}}).with_header(
        "location", place
    )


@defect(
    "interop-user-addressed-by-name",
    source="INTEROP-6.1-05",
    breaks="a userName or an externalId in the path leads to the user",
    killed_by="test_interop_no_other_value_is_an_address",
)
def interop_user_addressed_by_name(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("GET", SINGLE) and reply.status == 404:
        value = unquote(request.path.rpartition("/")[2])
        for name in ("userName", "externalId"):
            asked = with_filter(Request("GET", "/Users", "", request.headers), f'{name} eq "{value}"')
            for user in resources_of(server(asked)):
                return Reply.of(200, user)
    return reply


@defect(
    "interop-errors-in-a-form-of-their-own",
    source="INTEROP-6.2-01",
    breaks="errors are {error, message}",
    killed_by="test_interop_bodies_are_scim_json test_ipsie_errors_have_their_form",
)
def interop_errors_in_a_form_of_their_own(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply if reply.status < 400 else reply.with_json({"error": "bad", "message": "something is wrong"})


@defect(
    "interop-errors-labelled-plain-json",
    source="INTEROP-6.2-02",
    breaks="errors are labelled application/json",
    killed_by="test_interop_bodies_are_labelled",
)
def interop_errors_labelled_plain_json(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply if reply.status < 400 else reply.with_header("content-type", "application/json")


# ── filters and pages ──


@defect(
    "interop-filter-not-offered",
    source="INTEROP-6.3-01",
    breaks="filter.supported is false",
    killed_by="test_interop_filter_is_supported",
)
def interop_filter_not_offered(request: Request, server: Server) -> Reply:
    return config_with(request, server, filter={"supported": False, "maxResults": 0})


@defect(
    "interop-filter-by-id-ignored",
    source="INTEROP-6.3-02",
    breaks="a filter on id is ignored, and everybody listed",
    killed_by="test_interop_eq_finds_exactly_one test_interop_deleted_user_is_in_no_list",
)
def interop_filter_by_id_ignored(request: Request, server: Server) -> Reply:
    if is_list(request, "/Users") and request.filter.startswith("id eq"):
        server.send("POST", "/Users", _somebody(), request)  # or there is nobody to list
        return server(with_filter(request, None))
    return server(request)


@defect(
    "interop-filter-chooses-whom-to-delete",
    source="INTEROP-6.3-05",
    breaks="DELETE and PATCH of a list with a filter reach all who match",
    killed_by="test_interop_filter_chooses_nothing_to_write",
)
def interop_filter_chooses_whom_to_delete(request: Request, server: Server) -> Reply:
    if request.is_("DELETE|PATCH", "/Users") and request.filter:
        for user in resources_of(server(Request("GET", "/Users", request.query, request.headers))):
            server(Request(request.method, f"/Users/{user['id']}", "", request.headers, request.body))
        return Reply.of(204)
    return server(request)


@defect(
    "interop-filter-on-nothing-finds-nobody",
    source="INTEROP-6.3-06",
    breaks="a filter on what the type lacks is an empty list",
    killed_by="test_interop_filter_on_what_a_type_lacks_is_refused",
)
def interop_filter_on_nothing_finds_nobody(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request) and request.filter and reply.status == 400:
        return with_resources(server(with_filter(request, None)), [])
    return reply


@defect(
    "interop-lists-without-pages",
    source="INTEROP-6.4-01",
    breaks="startIndex and cursor are ignored: every page is the first",
    killed_by="test_interop_lists_come_in_pages",
)
def interop_lists_without_pages(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(startIndex=None, cursor=None)) if is_list(request) else server(request)


@defect(
    "interop-pages-of-fifty",
    source="INTEROP-6.4-03",
    breaks="a page has fifty entries at most",
    killed_by="test_interop_pages_have_a_hundred",
)
def interop_pages_of_fifty(request: Request, server: Server) -> Reply:
    return config_with(request, server, filter={"supported": True, "maxResults": 50})


@defect(
    "interop-count-above-the-cap-refused",
    source="INTEROP-6.4-05",
    breaks="a count above a thousand is 400",
    killed_by="test_interop_count_above_the_cap_is_no_error",
)
def interop_count_above_the_cap_refused(request: Request, server: Server) -> Reply:
    count = request.parameters.get("count", "")
    return Reply.error(400, "invalidValue") if count.isdigit() and int(count) > 1000 else server(request)


@defect(
    "interop-and-takes-the-first-half",
    source="INTEROP-6.3-03",
    breaks="of a filter with and only the first comparison is read",
    killed_by="test_interop_and_wants_both",
)
def interop_and_takes_the_first_half(request: Request, server: Server) -> Reply:
    if is_list(request) and " and " in request.filter and "[" not in request.filter:
        return server(with_filter(request, request.filter.partition(" and ")[0]))
    return server(request)


# ── security ──


@defect(
    "interop-addresses-without-tls",
    source="INTEROP-7.1-01",
    breaks="behind a proxy, meta.location is an http address of the public host",
    killed_by="test_interop_traffic_goes_through_tls",
)
def interop_addresses_without_tls(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("*", "/Users*"):
        return reply

    def without_tls(user: dict[str, Any]) -> dict[str, Any]:
        return {**user, "meta": {**user.get("meta", {}), "location": f"http://scim.example.org/Users/{user.get('id')}"}}

    return reply.each_resource(without_tls)


@defect(
    "interop-basic-authentication-offered",
    source="INTEROP-7.2-01",
    breaks="HTTP Basic is among the schemes",
    killed_by="test_interop_basic_authentication_is_not_offered",
    verdict="WARN",
)
def interop_basic_authentication_offered(request: Request, server: Server) -> Reply:
    scheme = {"type": "httpbasic", "name": "Basic", "description": "User name and password."}
    return config_with(request, server, authenticationSchemes=[scheme])


def _somebody() -> dict[str, Any]:
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    return {"schemas": [urn], "userName": "scimulator-check-selftest-somebody@check.example"}
