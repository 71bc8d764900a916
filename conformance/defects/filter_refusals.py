"""Defects of filters that should be refused, or that reach too far or not far enough (RFC 7644 3.4.2.1, 3.4.2.2)."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, is_list, resources_of, with_filter, with_resources
from conformance.defects.wire import Reply, Request, Server


@defect(
    "filter-unparsed-returns-everything",
    source="langwatch/langwatch#6973; Senthil455/Atlas-Workforce-System#175",
    breaks="a filter that cannot be parsed is skipped: everybody is listed",
    killed_by="test_broken_filter_is_refused test_filter_without_a_whole_expression_is_refused"
    " test_expression_in_another_order_is_refused test_unknown_operator_is_refused_in_words"
    " test_unknown_attribute_does_not_find_everybody test_broken_value_filter_finds_nobody"
    " test_order_of_booleans_and_binaries_is_refused test_doubtful_filter_finds_nobody_else",
)
def filter_unparsed_returns_everything(request: Request, server: Server) -> Reply:
    reply = server(request)
    return server(with_filter(request, None)) if is_list(request) and reply.status == 400 else reply


@defect(
    "filter-value-unquoted-rejected",
    source="langwatch/langwatch#6973; goauthentik/authentik#16677",
    breaks="a value without quotes is not seen: everybody is listed",
    killed_by="test_doubtful_filter_finds_nobody_else",
)
def filter_value_unquoted_rejected(request: Request, server: Server) -> Reply:
    unquoted = is_list(request) and re.fullmatch(r"\w+ eq [^\"\s]+", request.filter)
    return server(with_filter(request, None)) if unquoted else server(request)


@defect(
    "filter-extra-whitespace",
    source="class of bug: a regular expression in place of a parser",
    breaks="a filter with two blanks in a row is skipped: everybody is listed",
    killed_by="test_doubtful_filter_finds_nobody_else",
)
def filter_extra_whitespace(request: Request, server: Server) -> Reply:
    return server(with_filter(request, None)) if asks(request, "  ") else server(request)


@defect(
    "filter-injection-into-store",
    source="wso2/carbon-kernel#306; wso2-open-operations/cs-tools#1593",
    breaks="star and percent are wildcards",
    killed_by="test_value_is_no_pattern",
)
def filter_injection_into_store(request: Request, server: Server) -> Reply:
    wild = is_list(request) and re.search(r'eq "[*%]"', request.filter)
    return server(with_filter(request, None)) if wild else server(request)


@defect(
    "filter-refusal-without-scimtype",
    source="RFC7644-3.12-18",
    breaks="a broken filter is refused without scimType",
    killed_by="test_broken_filter_is_refused",
)
def filter_refusal_without_scimtype(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400) if is_list(request) and reply.status == 400 else reply


@defect(
    "filter-refusal-without-words",
    source="RFC7644-3.4.2.2-38",
    breaks="a broken filter is refused with an empty detail",
    killed_by="test_unknown_operator_is_refused_in_words",
)
def filter_refusal_without_words(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "invalidFilter", "") if is_list(request) and reply.status == 400 else reply


@defect(
    "filter-on-password-answers",
    source="RFC7643-7-27",
    breaks="a filter on the password is compared, so it can be guessed",
    killed_by="test_password_is_no_oracle",
)
def filter_on_password_answers(request: Request, server: Server) -> Reply:
    return server(
        with_filter(request, request.filter.split(" and password")[0]) if asks(request, "password") else request
    )


@defect(
    "filter-ignored-where-not-offered",
    source="RFC7644-3.4.2.2-01",
    breaks="filter.supported is false, and a filter is ignored",
    killed_by="test_filter_is_not_ignored_where_it_is_not_offered",
    verdict="WARN",
)
def filter_ignored_where_not_offered(request: Request, server: Server) -> Reply:
    reply = server(with_filter(request, None) if is_list(request) else request)
    if request.path != "/ServiceProviderConfig":
        return reply
    return reply.with_json({**reply.json, "filter": {"supported": False, "maxResults": 0}})


@defect(
    "root-query-covers-users-only",
    source="RFC7644-3.4.2.1-02",
    breaks="a query at the root looks at users alone",
    killed_by="test_root_query_finds_every_type test_root_query_follows_the_filter_rules",
)
def root_query_covers_users_only(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_list(request, "/"):
        return reply
    return with_resources(reply, [item for item in resources_of(reply) if "userName" in item])


@defect(
    "root-query-refuses-attributes-of-one-type",
    source="RFC7644-3.4.2.1-06",
    breaks="a query at the root refuses attributes that one type lacks",
    killed_by="test_attribute_that_a_type_lacks_has_no_value",
)
def root_query_refuses_attributes_of_one_type(request: Request, server: Server) -> Reply:
    own = is_list(request, "/") and re.search(r"\b(userName|members)\b", request.filter)
    return Reply.error(400, "invalidFilter") if own else server(request)
