"""Defects of sortBy and sortOrder (RFC 7644 3.4.2.3)."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list, resources_of
from conformance.defects.wire import Reply, Request, Server


def _sorts(request: Request, *by: str) -> bool:
    held = request.parameters.get("sortBy")
    return is_list(request) and held is not None and (not by or held in by)


def _reordered(reply: Reply, resources: list[dict[str, Any]]) -> Reply:
    return reply.with_json({**reply.json, "Resources": resources})


def _without(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortBy=None, sortOrder=None))


@defect(
    "sort-ignored",
    source="RFC7644-3.4.2.3-03",
    breaks="sort.supported is true, and sortBy is ignored",
    killed_by="test_sort_by_orders_by_the_attribute test_sorting_ascends_by_default "
    "test_any_order_is_what_the_rfc_says test_sort_by_takes_full_names"
    " test_pages_are_cut_from_the_sorted_list",
)
def sort_ignored(request: Request, server: Server) -> Reply:
    return _without(request, server) if _sorts(request) else server(request)


@defect(
    "sort-capitals-first",
    source="RFC7644-3.4.2.3-09",
    breaks="capital letters sort before small ones",
    killed_by="test_sorting_ignores_case_where_the_attribute_does",
)
def sort_capitals_first(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "userName"):
        return reply
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user["userName"])))


@defect(
    "sort-never-descends",
    source="RFC7644-3.4.2.3-07",
    breaks="sortOrder is ignored",
    killed_by="test_sort_by_orders_by_the_attribute test_resources_without_a_value_sort_last test_moments_sort_by_time",
)
def sort_never_descends(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortOrder=None) if _sorts(request) else request)


@defect(
    "sort-descends-by-default",
    source="RFC7644-3.4.2.3-08",
    breaks="without sortOrder the list descends",
    killed_by="test_sorting_ascends_by_default test_sorting_follows_a_path",
)
def sort_descends_by_default(request: Request, server: Server) -> Reply:
    if _sorts(request) and "sortOrder" not in request.parameters:
        return server(request.with_parameters(sortOrder="descending"))
    return server(request)


@defect(
    "sort-order-of-another-word-is-500",
    source="RFC7644-3.4.2.3-07",
    breaks="sortOrder=sideways is a 500",
    killed_by="test_unknown_sort_order_is_refused_or_ascending",
)
def sort_order_of_another_word_is_500(request: Request, server: Server) -> Reply:
    known = request.parameters.get("sortOrder", "ascending") in ("ascending", "descending")
    return server(request) if known or not is_list(request) else Reply.error(500)


@defect(
    "sort-path-not-followed",
    source="RFC7644-3.4.2.3-05",
    breaks="sortBy with a dot or a URN is ignored",
    killed_by="test_sorting_follows_a_path",
)
def sort_path_not_followed(request: Request, server: Server) -> Reply:
    inner = _sorts(request) and "." in request.parameters["sortBy"]
    return _without(request, server) if inner else server(request)


@defect(
    "sort-by-complex-is-500",
    source="RFC7644-3.4.2.3-05",
    breaks="sortBy=name is a 500",
    killed_by="test_sorting_by_a_complex_attribute_does_no_harm",
)
def sort_by_complex_is_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if _sorts(request, "name", "meta", "emails") else server(request)


@defect(
    "sort-takes-the-first-value-not-the-primary",
    source="RFC7644-3.4.2.3-04",
    breaks="a list of addresses sorts by the first one, whichever is primary",
    killed_by="test_sorting_by_a_list_takes_its_primary_value",
)
def sort_takes_the_first_value_not_the_primary(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "emails.value"):
        return reply
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user["emails"][0]["value"])))


@defect(
    "sort-puts-missing-values-first",
    source="RFC7644-3.4.2.3-06",
    breaks="resources without a value come first in ascending order, as some databases have it",
    killed_by="test_resources_without_a_value_sort_last",
)
def sort_puts_missing_values_first(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "title"):
        return reply
    ascending = request.parameters.get("sortOrder") != "descending"
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: ("title" in user) is ascending))


@defect(
    "sort-by-time-ignored",
    source="RFC7644-3.4.2.3-10",
    breaks="sortBy=meta.created is ignored",
    killed_by="test_moments_sort_by_time",
)
def sort_by_time_ignored(request: Request, server: Server) -> Reply:
    return _without(request, server) if _sorts(request, "meta.created") else server(request)


@defect(
    "sort-within-the-page-only",
    source="RFC7644-3.4.2.3-03",
    breaks="the page is cut out first and sorted afterwards",
    killed_by="test_pages_are_cut_from_the_sorted_list",
)
def sort_within_the_page_only(request: Request, server: Server) -> Reply:
    if not _sorts(request, "title"):
        return server(request)
    reply = _without(request, server)
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user.get("title"))))


@defect(
    "sort-not-offered-breaks-the-list",
    source="RFC7644-3.4.2.3-01",
    breaks="sort.supported is false, and sortBy is a 500",
    killed_by="test_sort_by_does_no_harm_where_it_is_not_offered",
)
def sort_not_offered_breaks_the_list(request: Request, server: Server) -> Reply:
    if _sorts(request):
        return Reply.error(500)
    reply = server(request)
    return (
        reply.with_json({**reply.json, "sort": {"supported": False}})
        if request.path == "/ServiceProviderConfig"
        else reply
    )
