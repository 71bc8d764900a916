"""Defects of filters that find the wrong people (RFC 7644 3.4.2.2), as real servers have them."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, is_list, kept, resources_of, with_filter
from conformance.defects.wire import Reply, Request, Server

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@defect(
    "filter-username-case-sensitive",
    source="open-webui/open-webui#18039; wso2/product-is#9552; langfuse/langfuse#13528",
    breaks="userName is compared with case",
    killed_by="test_user_name_matches_without_case",
)
def filter_username_case_sensitive(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = re.fullmatch(r'userName eq "(.*)"', request.filter)
    return kept(reply, lambda user: user["userName"] == asked[1]) if asked and is_list(request, "/Users") else reply


@defect(
    "filter-case-exact-ignored",
    source="RFC7644-3.4.2.2-39",
    breaks="externalId and id are compared without case",
    killed_by="test_text_is_compared_with_the_declared_case",
)
def filter_case_exact_ignored(request: Request, server: Server) -> Reply:
    asked = re.fullmatch(r'(externalId|id) eq "(.*)"', request.filter)
    if asked is None or not is_list(request):
        return server(request)
    return server(with_filter(request, f'{asked[0]} or {asked[1]} eq "{asked[2].swapcase()}"'))


@defect(
    "filter-externalid-unsupported",
    source="OctopusDeploy/Issues#9841; better-auth/better-auth#10419; goauthentik/authentik#25837",
    breaks="a filter on externalId is answered with 400",
    killed_by="test_external_id_eq_finds_the_user",
)
def filter_externalid_unsupported(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if asks(request, "externalId") else server(request)


@defect(
    "filter-no-match-404",
    source="jelhub/scimgateway#18; wso2/charon#60",
    breaks="a filter without match is answered with 404",
    killed_by="test_no_match_is_an_empty_list",
)
def filter_no_match_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    nobody = is_list(request) and request.filter and reply.ok and not resources_of(reply)
    return Reply.error(404, detail="no such user") if nobody else reply


@defect(
    "empty-resources-null",
    source="elimity-com/scim#78; pingidentity/scim2#233; AzureAD/SCIMReferenceCode#56",
    breaks="a list without match has Resources null",
    killed_by="test_no_match_is_an_empty_list",
)
def empty_resources_null(request: Request, server: Server) -> Reply:
    reply = server(request)
    empty = is_list(request) and reply.ok and not resources_of(reply)
    return reply.with_json({**reply.json, "Resources": None}) if empty else reply


@defect(
    "filter-escaped-quote-or-backslash",
    source="Captain-P-Goldfish/SCIM-SDK#913; wso2/product-is#6919; kanidm/kanidm#3673",
    breaks="escapes in a value are taken as they stand, so such names are never found",
    killed_by="test_value_is_a_json_string",
)
def filter_escaped_quote_or_backslash(request: Request, server: Server) -> Reply:
    return (
        server(with_filter(request, request.filter.replace("\\", "\\\\\\"))) if asks(request, "\\") else server(request)
    )


@defect(
    "filter-plus-sign-decoded-as-space",
    source="fdipuma/scrima-dotnet#5; microsoftgraph/msgraph-sdk-powershell#1339",
    breaks="the query is decoded twice: %2B becomes a blank",
    killed_by="test_plus_sign_is_found",
)
def filter_plus_sign_decoded_as_space(request: Request, server: Server) -> Reply:
    return server(with_filter(request, request.filter.replace("+", " "))) if is_list(request) else server(request)


@defect(
    "filter-attribute-name-case-sensitive",
    source="open-webui/open-webui#18039; wso2/product-is#5137",
    breaks="username in another case is no attribute: 400",
    killed_by="test_attribute_names_in_filters_have_no_case",
)
def filter_attribute_name_case_sensitive(request: Request, server: Server) -> Reply:
    other = is_list(request) and re.search(r"\b(?!userName)(?i:username)\b", request.filter)
    return Reply.error(400, "invalidFilter") if other else server(request)


@defect(
    "filter-operator-case-sensitive",
    source="wso2/product-is#5137",
    breaks="Eq and AND are no operators: 400",
    killed_by="test_operators_have_no_case test_words_of_logic_have_no_case",
)
def filter_operator_case_sensitive(request: Request, server: Server) -> Reply:
    bare = QUOTED.sub('""', request.filter)
    other = [w for w in re.findall(r"\b(?:eq|co|sw|pr|and|or|not)\b", bare, re.IGNORECASE) if w != w.lower()]
    return Reply.error(400, "invalidFilter") if is_list(request) and other else server(request)


@defect(
    "filter-active-disagrees-with-resource",
    source="simstudioai/sim#7567",
    breaks="the filter looks at a column that changes of active do not reach",
    killed_by="test_active_filter_agrees_with_the_resources",
)
def filter_active_disagrees_with_resource(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*"):
        server.memory[request.path.rpartition("/")[2]] = True
    reply = server(request)
    return kept(reply, lambda user: user["id"] not in server.memory) if asks(request, "active eq false") else reply


@defect(
    "filter-and-not-supported",
    source="langwatch/langwatch#6973; MicrosoftDocs entra-docs, tutorial",
    breaks="of a filter with and only the first comparison is looked at",
    killed_by="test_and_wants_both_sides test_and_with_a_boolean test_value_filter_stands_among_others",
)
def filter_and_not_supported(request: Request, server: Server) -> Reply:
    return server(with_filter(request, request.filter.split(" and ")[0])) if asks(request, " and ") else server(request)


@defect(
    "filter-matches-by-email-not-username",
    source="wso2/product-is#3563; wso2/product-is#4181",
    breaks="userName eq looks at the e-mail addresses as well",
    killed_by="test_user_name_filter_does_not_match_addresses",
)
def filter_matches_by_email_not_username(request: Request, server: Server) -> Reply:
    asked = re.fullmatch(r"userName (eq .*)", request.filter)
    return server(with_filter(request, f"{asked[0]} or emails.value {asked[1]}") if asked else request)


@defect(
    "filter-matching-attribute-other-than-username",
    source="grokability/snipe-it#19347; goauthentik/authentik#25837",
    breaks="a filter on any attribute but the usual ones is a 500",
    killed_by="test_every_stored_value_is_found_or_refused",
)
def filter_matching_attribute_other_than_username(request: Request, server: Server) -> Reply:
    unusual = is_list(request) and re.search(
        r"\b(userType|locale|honorific\w+|costCenter|phoneNumbers)\b", request.filter
    )
    return Reply.error(500, detail="no such column") if unusual else server(request)


@defect(
    "lookup-limited-to-first-thousand",
    source="kortix-ai/suna#7297",
    breaks="a look-up scans the first rows only (here two in place of a thousand)",
    killed_by="test_user_name_eq_finds_the_user",
)
def lookup_limited_to_first_thousand(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not asks(request, "userName eq"):
        return reply
    scanned = [user["id"] for user in resources_of(server(with_filter(request, None).with_parameters(count=2)))]
    return kept(reply, lambda user: user["id"] in scanned)


@defect(
    "filter-on-groups-skipped",
    source="class of bug: fixed for users, forgotten for groups",
    breaks="a filter on groups is not looked at",
    killed_by="test_group_name_eq_finds_the_group",
)
def filter_on_groups_skipped(request: Request, server: Server) -> Reply:
    return server(with_filter(request, None) if is_list(request, "/Groups") else request)


@defect(
    "filter-urn-prefix-refused",
    source="RFC7644-3.4.2.2-32",
    breaks="an attribute with its URN is unknown: 400",
    killed_by="test_attributes_can_carry_their_urn test_filter_takes_full_names",
)
def filter_urn_prefix_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if asks(request, "urn:") else server(request)


@defect(
    "filter-urn-case-sensitive",
    source="RFC7644-3.10-04",
    breaks="a URN in another case is unknown: 400",
    killed_by="test_urns_have_no_case",
    verdict="WARN",
)
def filter_urn_case_sensitive(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if asks(request, "URN:") else server(request)
