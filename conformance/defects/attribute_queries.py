"""Defects of queries on single attributes: filters, sorting, projections (RFC 7644 3.4.2 and 3.9), as real servers have them."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.characteristics import without
from conformance.defects.schemas import ENTERPRISE
from conformance.defects.wire import Reply, Request, Server


@defect(
    "filter-sw-means-co",
    source="RFC7644-3.4.2.2-12",
    breaks="sw matches anywhere in the value",
    killed_by="test_each_attribute_is_filtered_by_every_operator",
)
def filter_sw_means_co(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=request.filter.replace(" sw ", " co ") or None))


@defect(
    "filter-le-means-lt",
    source="RFC7644-3.4.2.2-18",
    breaks="le leaves the equal value out",
    killed_by="test_each_attribute_is_filtered_by_every_operator",
)
def filter_le_means_lt(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=request.filter.replace(" le ", " lt ") or None))


@defect(
    "filter-without-ends-with",
    source="RFC7644-3.4.2.2-13",
    breaks="ew is an unknown operator",
    killed_by="test_each_attribute_is_filtered_by_every_operator",
    verdict="WARN",
)
def filter_without_ends_with(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if " ew " in request.filter else server(request)


@defect(
    "sort-descending-is-ascending",
    source="RFC7644-3.4.2.3-07",
    breaks="sortOrder is ignored",
    killed_by="test_each_attribute_is_sorted_by",
)
def sort_descending_is_ascending(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortOrder=None))


@defect(
    "attributes-is-ignored",
    source="RFC7644-3.4.2.5-01",
    breaks="attributes and excludedAttributes are ignored",
    killed_by="test_each_attribute_is_projected test_part_of_each_attribute_is_projected",
)
def attributes_is_ignored(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(attributes=None, excludedAttributes=None))


@defect(
    "attributes-knows-no-extension",
    source="RFC7644-3.9-08",
    breaks="a projection by URN returns nothing",
    killed_by="test_each_attribute_is_projected",
)
def attributes_knows_no_extension(request: Request, server: Server) -> Reply:
    reply = server(request)
    if "urn:" in request.parameters.get("attributes", ""):
        return reply.each_resource(lambda held: without(held, ENTERPRISE))
    return reply
