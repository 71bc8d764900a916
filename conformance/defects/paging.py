"""Defects of pages by startIndex and count (RFC 7644 3.4.2.4), and of the envelope they come in (3.4.2)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list, is_listing, resources_of, told, with_resources
from conformance.defects.wire import Reply, Request, Server


def _number(request: Request, name: str, default: int) -> int:
    text = request.parameters.get(name, "")
    return int(text) if text.lstrip("-").isdigit() else default


@defect(
    "page-totalresults-is-page-size",
    source="wso2/product-is#7320; wso2/product-is#13772; better-auth/better-auth#10398",
    breaks="totalResults is the number of resources in the page",
    killed_by="test_total_counts_all_matches_not_the_page test_pages_give_each_resource_once test_count_zero_counts_only",
)
def page_totalresults_is_page_size(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, totalResults=len(resources_of(reply))) if is_list(request) else reply


@defect(
    "page-silently-capped",
    source="better-auth/better-auth#10398",
    breaks="a list is cut at a cap (here 10), and totalResults says so much",
    killed_by="test_capped_pages_lead_on",
)
def page_silently_capped(request: Request, server: Server) -> Reply:
    reply = server(request)
    return (
        with_resources(reply, resources_of(reply)[:10]) if is_list(request) and len(resources_of(reply)) > 10 else reply
    )


@defect(
    "page-startindex-zero-based",
    source="simpleidserver/SimpleIdServer#185; wso2/product-is#22589; wso2/product-is#9957",
    breaks="startIndex is taken for an offset: one person in each page is skipped",
    killed_by="test_pages_give_each_resource_once test_start_index_is_that_of_the_first_element"
    " test_start_index_is_one_by_default",
)
def page_startindex_zero_based(request: Request, server: Server) -> Reply:
    start = _number(request, "startIndex", 0)
    if not is_list(request) or start < 1:
        return server(request)
    return told(server(request.with_parameters(startIndex=start + 1)), startIndex=start)


@defect(
    "page-startindex-below-one-skips",
    source="wso2/product-is#22589",
    breaks="startIndex=0 and -5 give the second page",
    killed_by="test_start_index_below_one_is_one",
)
def page_startindex_below_one_skips(request: Request, server: Server) -> Reply:
    start = _number(request, "startIndex", 1)
    return server(request.with_parameters(startIndex=2) if is_list(request) and start < 1 else request)


@defect(
    "page-beyond-end-wrong",
    source="wso2/product-is#13752",
    breaks="behind the end the last resources come again",
    killed_by="test_page_beyond_the_end_is_empty",
)
def page_beyond_end_wrong(request: Request, server: Server) -> Reply:
    reply = server(request)
    beyond = is_list(request) and "startIndex" in request.parameters and reply.ok and not resources_of(reply)
    return server(request.with_parameters(startIndex=1)) if beyond else reply


@defect(
    "page-beyond-end-404",
    source="ory/polis#4054",
    breaks="behind the end is 404",
    killed_by="test_page_beyond_the_end_is_empty",
    verdict="WARN",
)
def page_beyond_end_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    beyond = is_list(request) and "startIndex" in request.parameters and reply.ok and not resources_of(reply)
    return Reply.error(404) if beyond else reply


@defect(
    "page-itemsperpage-echoes-count",
    source="ory/polis#4054",
    breaks="itemsPerPage is what was asked for",
    killed_by="test_part_of_a_result_tells_its_place",
    verdict="WARN",
)
def page_itemsperpage_echoes_count(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = is_list(request) and "count" in request.parameters
    return told(reply, itemsPerPage=_number(request, "count", 0)) if asked else reply


@defect(
    "page-without-its-place",
    source="RFC7644-3.4.2-09",
    breaks="a page has neither startIndex nor itemsPerPage",
    killed_by="test_part_of_a_result_tells_its_place test_start_index_is_that_of_the_first_element",
)
def page_without_its_place(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, startIndex=None, itemsPerPage=None) if is_list(request) else reply


@defect(
    "page-join-fanout-duplicates",
    source="Infisical/infisical#6554; wso2/product-is#3563; wso2/product-is#10898",
    breaks="a user is listed once for each e-mail address",
    killed_by="test_each_match_is_listed_once",
)
def page_join_fanout_duplicates(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_list(request, "/Users") or not is_listing(reply):
        return reply
    return with_resources(reply, [user for user in resources_of(reply) for _ in user.get("emails") or [None]])


@defect(
    "page-count-zero-or-negative",
    source="wso2/product-is#10898",
    breaks="count=0 and count=-1 are taken for no count",
    killed_by="test_count_zero_counts_only",
)
def page_count_zero_or_negative(request: Request, server: Server) -> Reply:
    return server(
        request.with_parameters(count=None) if is_list(request) and _number(request, "count", 1) < 1 else request
    )


@defect(
    "page-word-for-a-number-is-500",
    source="RFC7644-3.4.2.4-10",
    breaks="count=abc is a 500",
    killed_by="test_word_for_a_number_does_no_harm",
)
def page_word_for_a_number_is_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if is_list(request) and "abc" in request.parameters.values() else server(request)


@defect(
    "page-order-unstable",
    source="Okta SCIM reference, on paging",
    breaks="without sortBy each request has an order of its own",
    killed_by="test_pages_keep_their_order_without_sorting",
    verdict="WARN",
)
def page_order_unstable(request: Request, server: Server) -> Reply:
    if not is_list(request, "/Users") or "startIndex" not in request.parameters or "sortBy" in request.parameters:
        return server(request)
    server.memory["turn"] = server.memory.get("turn", 0) + 1
    order = "descending" if server.memory["turn"] % 2 else "ascending"
    return server(request.with_parameters(sortBy="userName", sortOrder=order))


@defect(
    "page-groups-not-paged",
    source="wso2/product-is#9237; wso2/product-is#11403",
    breaks="startIndex and count are ignored on groups",
    killed_by="test_total_counts_all_matches_not_the_page test_pages_give_each_resource_once"
    " test_part_of_a_result_tells_its_place test_start_index_is_that_of_the_first_element",
)
def page_groups_not_paged(request: Request, server: Server) -> Reply:
    groups = is_list(request, "/Groups")
    return server(request.with_parameters(startIndex=None, count=None) if groups else request)


@defect(
    "page-count-ignored",
    source="RFC7644-3.4.2.4-05",
    breaks="a page holds one resource more than count",
    killed_by="test_pages_give_each_resource_once test_total_counts_all_matches_not_the_page",
)
def page_count_ignored(request: Request, server: Server) -> Reply:
    count = _number(request, "count", 0)
    return server(request.with_parameters(count=count + 1) if is_list(request) and count > 0 else request)


@defect(
    "page-large-count-refused",
    source="RFC7644-3.4.2.4-06",
    breaks="a count above filter.maxResults is refused",
    killed_by="test_large_count_is_no_error",
    verdict="WARN",
)
def page_large_count_refused(request: Request, server: Server) -> Reply:
    large = is_list(request) and _number(request, "count", 0) > 500
    return Reply.error(400, "tooMany") if large else server(request)


@defect(
    "list-without-parameters-hides-its-place",
    source="RFC7644-3.4.2.4-09",
    breaks="GET /Users gives a page of two, and does not say that it is one",
    killed_by="test_list_without_parameters_tells_its_place",
)
def list_without_parameters_hides_its_place(request: Request, server: Server) -> Reply:
    if not is_list(request) or request.query:
        return server(request)
    return told(server(request.with_parameters(count=2)), startIndex=None, itemsPerPage=None)


@defect(
    "list-of-nobody-without-filter",
    source="RFC7644-3.4.2.4-09",
    breaks="GET /Users without filter is an empty list",
    killed_by="test_list_without_parameters_tells_its_place",
)
def list_of_nobody_without_filter(request: Request, server: Server) -> Reply:
    reply = server(request)
    return with_resources(reply, []) if is_list(request) and not request.filter else reply


@defect(
    "list-is-a-bare-array",
    source="pond/scimitar#117",
    breaks="a list is a JSON array without envelope",
    killed_by="test_list_is_a_list_response",
)
def list_is_a_bare_array(request: Request, server: Server) -> Reply:
    reply = server(request)
    bare = is_listing(reply) and is_list(request, "/Users", "/Groups", "/ResourceTypes")
    return reply.with_json(resources_of(reply)) if bare else reply


@defect(
    "list-with-schemas-of-its-elements",
    source="RFC7644-3.4.2-04",
    breaks="a list names the schema of its elements beside its own",
    killed_by="test_list_is_a_list_response",
)
def list_with_schemas_of_its_elements(request: Request, server: Server) -> Reply:
    reply = server(request)
    held = [urn for item in resources_of(reply)[:1] for urn in item.get("schemas", ())]
    return told(reply, schemas=[*reply.json["schemas"], *held]) if is_listing(reply) else reply


@defect(
    "list-total-as-text",
    source="RFC7644-3.4.2-05",
    breaks="totalResults is a text",
    killed_by="test_list_is_a_list_response test_no_match_is_an_empty_list",
)
def list_total_as_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, totalResults=str(reply.json["totalResults"])) if is_listing(reply) else reply


@defect(
    "unknown-query-parameter-refused",
    source="RFC7644-3.4.2-03",
    breaks="an unknown query parameter is refused with 400",
    killed_by="test_unknown_parameters_of_a_query_are_ignored",
    verdict="WARN",
)
def unknown_query_parameter_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidValue") if "unknownParam" in request.parameters else server(request)
