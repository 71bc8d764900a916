"""Defects of multi-valued attributes, of primary, and of what has no value (RFC 7643 sections 2.4 and 2.5)."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks
from conformance.defects.replies import Resource, body_of, sent, shown, with_elements, with_values, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "list-of-one-is-an-object",
    source="wso2/product-is#7304",
    breaks="a list with one element is that element when one resource is read",
    killed_by="test_lists_are_arrays_even_of_one test_multi_valued_attributes_are_arrays",
)
def list_of_one_is_an_object(request: Request, server: Server) -> Reply:
    def unwrapped(item: Resource) -> Resource:
        single = {n: v[0] for n, v in item.items() if n != "schemas" and isinstance(v, list) and len(v) == 1}
        return {**item, **single}

    return shown(request, server, unwrapped) if request.is_("GET", "/*/*") else server(request)


@defect(
    "create-two-primaries-accepted",
    source="RFC7643-2.4-03",
    breaks="two primary addresses are taken, and both are shown as primary",
    killed_by="test_at_most_one_value_is_primary",
)
def create_two_primaries_accepted(request: Request, server: Server) -> Reply:
    emails = [dict(item) for item in body_of(request).get("emails") or ()]
    if sum(item.get("primary") is True for item in emails) > 1:
        server.memory["both"] = True
        request = request.with_json(
            {**request.json, "emails": [emails[0], *(without(e, "primary") for e in emails[1:])]}
        )
    if not server.memory.get("both"):
        return server(request)
    return with_elements(request, server, "emails", lambda item: {**item, "primary": True})


@defect(
    "filter-on-primary-ignored",
    source="RFC7643-2.4-04",
    breaks="emails[primary eq true] finds who has no primary address",
    killed_by="test_missing_primary_counts_as_false",
)
def filter_on_primary_ignored(request: Request, server: Server) -> Reply:
    text = request.filter.replace(" and emails[primary eq true]", "")
    return server(request.with_parameters(filter=text)) if asks(request, "primary") else server(request)


@defect(
    "one-value-of-two-types-is-500",
    source="RFC7643-2.4-09",
    breaks="one address as work and as home violates a constraint",
    killed_by="test_one_value_may_have_two_types",
    verdict="WARN",
)
def one_value_of_two_types_is_500(request: Request, server: Server) -> Reply:
    values = [item.get("value") for item in body_of(request).get("emails") or ()]
    return Reply.error(500) if len(set(values)) < len(values) else server(request)


@defect(
    "values-returned-twice",
    source="wso2/product-is#7304",
    breaks="a join shows each address twice",
    killed_by="test_repeated_value_is_returned_once",
    verdict="WARN",
)
def values_returned_twice(request: Request, server: Server) -> Reply:
    return with_values(request, server, emails=lambda held: [*held, *held])


# ── no value ──


@defect(
    "null-stored-as-text",
    source="RFC7643-2.5-02",
    breaks='nickName null is stored as "null"',
    killed_by="test_null_and_empty_array_mean_no_value test_put_with_null_unassigns",
)
def null_stored_as_text(request: Request, server: Server) -> Reply:
    def text(body: Resource) -> Resource:
        return {**body, "nickName": "null"} if body.get("nickName", "") is None else body

    return sent(request, server, text)


@defect(
    "put-of-an-empty-list-keeps-it",
    source="RFC7643-2.5-01",
    breaks="a PUT with emails null or [] leaves the addresses",
    killed_by="test_put_of_null_or_of_an_empty_array_unassigns_a_list",
)
def put_of_an_empty_list_keeps_it(request: Request, server: Server) -> Reply:
    def kept_as_it_is(body: Resource) -> Resource:
        held: Any = server.get(request.path, request) or {}
        return {**body, "emails": body.get("emails") or held.get("emails")}

    return sent(request, server, kept_as_it_is, "PUT")


@defect(
    "pr-finds-what-is-gone",
    source="RFC7643-2.5-01",
    breaks="emails pr finds who has no address any more",
    killed_by="test_put_without_an_attribute_agrees_with_its_filter"
    " test_put_of_null_or_of_an_empty_array_unassigns_a_list test_put_with_null_unassigns",
)
def pr_finds_what_is_gone(request: Request, server: Server) -> Reply:
    text = request.filter.replace(" and emails pr", "").replace(" and nickName pr", "")
    return server(request.with_parameters(filter=text)) if asks(request, " pr") else server(request)
