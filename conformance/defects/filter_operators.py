"""Defects of the operators, the logic and the brackets of filters (RFC 7644 3.4.2.2, table 3 and 4)."""

from __future__ import annotations

import re

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, is_list, kept, resources_of, with_filter, with_resources
from conformance.defects.wire import Reply, Request, Server


def _swapped(request: Request, server: Server, pattern: str, replacement: str) -> Reply:
    """The reply to another filter than was sent."""
    return server(with_filter(request, re.sub(pattern, replacement, request.filter)) if is_list(request) else request)


@defect(
    "filter-sw-anywhere",
    source="RFC7644-3.4.2.2-12",
    breaks="sw and ew match anywhere in the value",
    killed_by="test_text_operators",
)
def filter_sw_anywhere(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r" [se]w ", " co ")


@defect(
    "filter-sw-without-the-whole",
    source="RFC7644-3.4.2.2-12",
    breaks="sw and ew do not match the whole value",
    killed_by="test_text_operators",
)
def filter_sw_without_the_whole(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r'(\w+) ([se]w) "([^"]*)"', r'(\1 \2 "\3" and \1 ne "\3")')


@defect(
    "filter-eq-is-a-prefix",
    source="RFC7644-3.4.2.2-09",
    breaks="eq matches a value that begins so",
    killed_by="test_text_operators",
)
def filter_eq_is_a_prefix(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r'userName eq (".)', r"userName sw \1")


@defect(
    "filter-ne-is-eq",
    source="RFC7644-3.4.2.2-10",
    breaks="ne chooses what is equal",
    killed_by="test_ne_chooses_the_others",
)
def filter_ne_is_eq(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r" ne ", " eq ")


@defect(
    "filter-pr-is-always-true",
    source="RFC7644-3.4.2.2-14",
    breaks="pr matches everybody",
    killed_by="test_pr_chooses_who_has_a_value",
)
def filter_pr_is_always_true(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"(title|emails|emails.value|name.middleName) pr", "id pr")


@defect(
    "filter-pr-of-complex-refused",
    source="RFC7644-3.4.2.2-14",
    breaks="pr of a complex attribute is refused",
    killed_by="test_pr_chooses_who_has_a_value",
    verdict="WARN",
)
def filter_pr_of_complex_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if asks(request, "name pr") else server(request)


@defect(
    "filter-gt-includes-the-value",
    source="RFC7644-3.4.2.2-15",
    breaks="gt and lt match the value itself",
    killed_by="test_texts_have_an_order",
)
def filter_gt_includes_the_value(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r" ([gl])t ", r" \1e ")


@defect(
    "filter-ge-excludes-the-value",
    source="RFC7644-3.4.2.2-16",
    breaks="ge and le do not match the value itself",
    killed_by="test_texts_have_an_order",
)
def filter_ge_excludes_the_value(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r" ([gl])e ", r" \1t ")


@defect(
    "filter-moments-compared-as-text",
    source="RFC7644-3.4.2.2-19",
    breaks="moments are compared letter by letter, whatever their offset",
    killed_by="test_moments_are_compared_by_time",
)
def filter_moments_compared_as_text(request: Request, server: Server) -> Reply:
    asked = re.search(r' and meta\.(\w+) (gt|ge|lt|le) "([^"]*)"', request.filter)
    if asked is None or not is_list(request):
        return server(request)
    reply = server(with_filter(request, request.filter[: asked.start()]))
    later = asked[2] in ("gt", "ge")
    return kept(reply, lambda user: (user["meta"][asked[1]] >= asked[3]) is later)


@defect(
    "filter-orders-booleans",
    source="RFC7644-3.4.2.2-20",
    breaks="active gt true is answered with a list",
    killed_by="test_order_of_booleans_and_binaries_is_refused",
)
def filter_orders_booleans(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"^active (gt|le) ", "active eq ")


@defect(
    "filter-null-counts-as-empty-text",
    source="RFC7644-3.4.2.2-41",
    breaks='who has no title is found by title co "" and title le "z"',
    killed_by="test_no_value_matches_no_comparison",
)
def filter_null_counts_as_empty_text(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"(title (?:co|sw|le) .*)$", r"(\1 or not (title pr))")


@defect(
    "filter-does-not-know-the-default",
    source="RFC7644-3.4.2.2-36",
    breaks="active is shown as true where none was sent, and the filter does not find it",
    killed_by="test_default_is_found_as_it_was_shown",
)
def filter_does_not_know_the_default(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.each_resource(lambda item: {"active": True, **item} if "userName" in item else item)


@defect(
    "filter-or-takes-the-first-half",
    source="langwatch/langwatch#6973",
    breaks="of a filter with or only the first comparison is looked at",
    killed_by="test_or_wants_either_side",
)
def filter_or_takes_the_first_half(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"^([^(]*?) or .*$", r"\1")


@defect(
    "filter-not-ignored",
    source="RFC7644-3.4.2.2-23",
    breaks="not is skipped",
    killed_by="test_not_chooses_the_complement test_not_is_read_with_and_without_a_blank",
)
def filter_not_ignored(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"\bnot ?\(", "(")


@defect(
    "filter-not-refused",
    source="RFC7644-3.4.2.2-24",
    breaks="not is refused, with a blank and without",
    killed_by="test_not_is_read_with_and_without_a_blank",
)
def filter_not_refused(request: Request, server: Server) -> Reply:
    refused = is_list(request) and re.search(r"\bnot ?\(", request.filter)
    return Reply.error(400, "invalidFilter") if refused else server(request)


@defect(
    "filter-read-from-left-to-right",
    source="RFC7644-3.4.2.2-33",
    breaks="a or b and c is (a or b) and c",
    killed_by="test_not_binds_tighter_than_and_and_than_or",
)
def filter_read_from_left_to_right(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"^([^()]+ or [^()]+) and ([^()]+)$", r"(\1) and \2")


@defect(
    "filter-brackets-ignored",
    source="RFC7644-3.4.2.2-33",
    breaks="round brackets are skipped",
    killed_by="test_brackets_group",
)
def filter_brackets_ignored(request: Request, server: Server) -> Reply:
    if not is_list(request) or re.search(r"\bnot|\[", request.filter):
        return server(request)
    return _swapped(request, server, r"[()]", "")


@defect(
    "filter-valuepath-unsupported",
    source="keycloak/keycloak#50366; Metatavu/keycloak-scim-server#35",
    breaks="a filter with square brackets finds nobody",
    killed_by="test_value_filter_applies_to_one_element test_value_filter_stands_among_others"
    " test_value_filter_can_nest_brackets",
)
def filter_valuepath_unsupported(request: Request, server: Server) -> Reply:
    reply = server(request)
    return with_resources(reply, []) if asks(request, "[") else reply


@defect(
    "filter-value-path-over-all-elements",
    source="RFC7644-3.4.2.2-27",
    breaks="the conditions in the brackets may be met by different elements",
    killed_by="test_value_filter_applies_to_one_element",
)
def filter_value_path_over_all_elements(request: Request, server: Server) -> Reply:
    pattern = r"emails\[(type|value) (.*?) and (type|value) ([^\]]*)\]"
    return _swapped(request, server, pattern, r"(emails.\1 \2 and emails.\3 \4)")


@defect(
    "filter-brackets-in-brackets-skipped",
    source="RFC7644-3.4.2.2-29",
    breaks="of a value filter with round brackets inside everybody is found",
    killed_by="test_value_filter_can_nest_brackets",
)
def filter_brackets_in_brackets_skipped(request: Request, server: Server) -> Reply:
    nested = is_list(request) and re.search(r"\[[^\]]*\(", request.filter)
    return server(with_filter(request, None) if nested else request)


@defect(
    "filter-value-path-of-nothing-finds-all",
    source="RFC7644-3.4.2.2-28",
    breaks="emails[] is read as emails pr",
    killed_by="test_broken_value_filter_finds_nobody",
)
def filter_value_path_of_nothing_finds_all(request: Request, server: Server) -> Reply:
    return _swapped(request, server, r"emails\[\w*\]", "emails pr")


@defect(
    "filter-looks-at-the-first-value",
    source="keycloak/keycloak#50366",
    breaks="of several e-mail addresses the first alone is compared",
    killed_by="test_any_value_of_a_multi_valued_attribute_matches",
)
def filter_looks_at_the_first_value(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = re.search(r'emails\.value eq "([^"]*)"', request.filter)
    if asked is None or not is_list(request):
        return reply
    return kept(reply, lambda user: bool(user.get("emails")) and user["emails"][0]["value"] == asked[1])


@defect(
    "filter-on-a-list-without-part-finds-nobody",
    source="RFC7644-3.4.2.2-35",
    breaks='emails eq "x" finds nobody',
    killed_by="test_multi_valued_attribute_alone_means_its_value",
    verdict="WARN",
)
def filter_on_a_list_without_part_finds_nobody(request: Request, server: Server) -> Reply:
    reply = server(request)
    alone = is_list(request) and re.search(r"\bemails (eq|co)", request.filter)
    return with_resources(reply, []) if alone and resources_of(reply) else reply
