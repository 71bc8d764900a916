"""Defects of what is read: representations that are stale, empty, of other types, or different in lists."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list
from conformance.defects.wire import Reply, Request, Server

Resource = dict[str, Any]


def _shown(request: Request, server: Server, **changes: Any) -> Reply:
    """Every representation with changed attributes; a function is given the value, which is there."""

    def change(item: Resource) -> Resource:
        return {**item, **{name: to(item[name]) for name, to in changes.items() if name in item}}

    return server(request).each_resource(change)


def _listed(request: Request, server: Server, **changes: Any) -> Reply:
    """The same, in lists alone."""
    return _shown(request, server, **changes) if is_list(request) else server(request)


@defect(
    "read-after-write-stale",
    source="fleetdm/fleet#50724",
    breaks="a GET after a write is answered from a replica that lags behind",
    killed_by="test_get_shows_the_last_write",
)
def read_after_write_stale(request: Request, server: Server) -> Reply:
    if request.is_("PUT|PATCH", "/*/*"):
        server.memory[request.path] = server(Request("GET", request.path, "", request.headers))
    elif request.is_("GET", "/*/*") and request.path in server.memory:
        return server.memory.pop(request.path)  # type: ignore[no-any-return]
    return server(request)


@defect(
    "group-members-always-empty-in-read",
    source="ory/polis, DirectoryGroups; pydantic/logfire#2353",
    breaks="members is [] in what is read, though there are some",
    killed_by="test_members_are_shown_by_read_and_list",
)
def group_members_always_empty_in_read(request: Request, server: Server) -> Reply:
    return _shown(request, server, members=lambda _: []) if request.method == "GET" else server(request)


@defect(
    "group-list-and-read-disagree",
    source="ory/polis, DirectoryGroups",
    breaks="members is [] in lists",
    killed_by="test_members_are_shown_by_read_and_list test_list_element_is_the_resource",
)
def group_list_and_read_disagree(request: Request, server: Server) -> Reply:
    return _listed(request, server, members=lambda _: [])


@defect(
    "get-answers-with-a-list",
    source="RFC7644-3.4.1-02",
    breaks="a GET by id is answered with a list of one",
    killed_by="test_get_gives_the_resource_itself test_one_schema_is_read_alone",
)
def get_answers_with_a_list(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/*/*") or not reply.ok:
        return reply
    urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    return reply.with_json({"schemas": [urn], "totalResults": 1, "Resources": [reply.json]})


@defect(
    "list-elements-are-short",
    source="class of bug: lists are rendered by other code than resources",
    breaks="elements of a list lack title and emails",
    killed_by="test_list_element_is_the_resource",
)
def list_elements_are_short(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_list(request):
        return reply
    return reply.each_resource(lambda item: {n: v for n, v in item.items() if n not in ("title", "emails")})


@defect(
    "id-returned-as-integer",
    source="limosa-io/laravel-scim-server#40; goauthentik/authentik#15533; grokability/snipe-it#12913",
    breaks="ids are numbers in lists",
    killed_by="test_list_elements_have_the_types_of_their_schema",
)
def id_returned_as_integer(request: Request, server: Server) -> Reply:
    return _listed(request, server, id=lambda held: int(str(held)[:8], 16))


@defect(
    "active-returned-as-number-or-text",
    source="grokability/snipe-it#13948; limosa-io/laravel-scim-server#114",
    breaks="active is 1 or 0",
    killed_by="test_list_elements_have_the_types_of_their_schema",
)
def active_returned_as_number_or_text(request: Request, server: Server) -> Reply:
    return _shown(request, server, active=int)


@defect(
    "multivalued-returned-mixed",
    source="wso2/product-is#7304; wso2/product-is#7320",
    breaks="a list of addresses mixes texts and objects",
    killed_by="test_list_elements_have_the_types_of_their_schema",
)
def multivalued_returned_mixed(request: Request, server: Server) -> Reply:
    return _shown(request, server, emails=lambda held: [held[0]["value"], *held[1:]])


@defect(
    "single-value-returned-for-a-list",
    source="wso2/product-is#7304",
    breaks="a list of one address is an object",
    killed_by="test_list_elements_have_the_types_of_their_schema",
)
def single_value_returned_for_a_list(request: Request, server: Server) -> Reply:
    return _shown(request, server, emails=lambda held: held[0])


@defect(
    "timestamps-unparseable",
    source="suvera/scim2-sdk#6; wso2/product-is#4401",
    breaks="created and lastModified are written in a form of their own",
    killed_by="test_list_elements_have_readable_times",
)
def timestamps_unparseable(request: Request, server: Server) -> Reply:
    return _shown(request, server, meta=lambda held: {**held, "created": "Mon Jan 05 10:00:00 2026"})


@defect(
    "timestamps-without-offset",
    source="wso2/product-is#4401",
    breaks="created and lastModified are local time without offset",
    killed_by="test_list_elements_have_readable_times",
    verdict="WARN",
)
def timestamps_without_offset(request: Request, server: Server) -> Reply:
    return _shown(request, server, meta=lambda held: {**held, "created": "2026-01-05T10:00:00"})


@defect(
    "null-attributes-in-response",
    source="scimmyjs/scimmy#81; goauthentik/authentik#23950; elimity-com/scim#78",
    breaks="what has no value is null, and emails is a list of null",
    killed_by="test_list_elements_have_the_types_of_their_schema",
)
def null_attributes_in_response(request: Request, server: Server) -> Reply:
    return _listed(request, server, nickName=lambda _: None, emails=lambda _: [None])


@defect(
    "schemas-extension-missing-in-response",
    source="MicrosoftDocs/azure-docs#11784; Budibase/budibase#15369",
    breaks="extension data is there, and schemas does not name it",
    killed_by="test_list_elements_announce_their_extensions",
)
def schemas_extension_missing_in_response(request: Request, server: Server) -> Reply:
    return _shown(request, server, schemas=lambda held: held[:1])


@defect(
    "extension-attributes-at-the-top",
    source="Budibase/budibase#15369",
    breaks="extension attributes stand at the top level",
    killed_by="test_list_elements_announce_their_extensions",
)
def extension_attributes_at_the_top(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        own = {name: value for name, value in item.items() if not name.startswith("urn:")}
        inner = [value for name, value in item.items() if name.startswith("urn:") and isinstance(value, dict)]
        return {**own, **{name: value for extension in inner for name, value in extension.items()}}

    return server(request).each_resource(flat)
