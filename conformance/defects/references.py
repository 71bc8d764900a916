"""Defects of references: $ref, profileUrl, and members who do not exist (RFC 7643 section 2.3.7)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, kept
from conformance.defects.replies import Resource, body_of, sent, with_elements, with_values
from conformance.defects.wire import Reply, Request, Server


def _with_ref(item: Resource, ref: str) -> Resource:
    return {**item, "$ref": ref} if "$ref" in item else item


@defect(
    "reference-with-a-blank",
    source="RFC7643-2.3.7-01",
    breaks="a profileUrl is shown decoded, with a blank in it",
    killed_by="test_references_of_a_resource_are_uris",
)
def reference_with_a_blank(request: Request, server: Server) -> Reply:
    return with_values(request, server, profileUrl=lambda held: f"{held} 1")


@defect(
    "reference-with-scheme-in-capitals",
    source="RFC7643-2.4-06",
    breaks="$ref of members begins with HTTP://",
    killed_by="test_references_between_resources_are_canonical_uris",
)
def reference_with_scheme_in_capitals(request: Request, server: Server) -> Reply:
    return with_elements(
        request, server, "members", lambda item: _with_ref(item, str(item.get("$ref")).replace("http:", "HTTP:"))
    )


@defect(
    "reference-relative-to-its-endpoint",
    source="RFC7643-2.3.7-02",
    breaks="$ref of members is ../Users/1, as seen from /Groups/1",
    killed_by="test_reference_leads_to_the_resource_it_names",
)
def reference_relative_to_its_endpoint(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "members", lambda item: _with_ref(item, f"/{item.get('value')}"))


@defect(
    "reference-names-another",
    source="RFC7643-2.3.7-04",
    breaks="$ref of a user's groups leads to the user itself",
    killed_by="test_reference_leads_to_the_resource_it_names",
)
def reference_names_another(request: Request, server: Server) -> Reply:
    base = request.path
    return with_elements(request, server, "groups", lambda item: _with_ref(item, base.lstrip("/")))


@defect(
    "reference-to-what-is-gone-is-500",
    source="RFC7643-2.3.7-03",
    breaks="a GET on a resource that was deleted breaks the server",
    killed_by="test_reference_to_a_resource_that_is_gone_gets_a_proper_answer",
)
def reference_to_what_is_gone_is_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(500) if request.is_("GET", "/*/*") and reply.status == 404 else reply


@defect(
    "unknown-member-dropped",
    source="RFC7643-2.3.7-05",
    breaks="a create of a group with a member who does not exist succeeds without it",
    killed_by="test_unknown_member_is_stored_or_refused test_groups_can_nest",
    verdict="WARN",
)
def unknown_member_dropped(request: Request, server: Server) -> Reply:
    def known(body: Resource) -> Resource:
        members = [m for m in body.get("members") or () if server.get(f"/Users/{m.get('value')}", request)]
        return {**body, "members": members}

    return sent(request, server, known, "POST", "/Groups")


@defect(
    "unknown-member-is-500",
    source="RFC7643-2.3.7-05",
    breaks="a member who does not exist violates a constraint",
    killed_by="test_unknown_member_is_stored_or_refused",
    verdict="WARN",
)
def unknown_member_is_500(request: Request, server: Server) -> Reply:
    values = [m.get("value") for m in body_of(request, "POST", "/Groups").get("members") or ()]
    return Reply.error(500) if any(not server.get(f"/Users/{v}", request) for v in values) else server(request)


@defect(
    "filter-on-a-reference-finds-nobody",
    source="RFC7643-2.3.7-06",
    breaks="a filter on profileUrl finds nobody",
    killed_by="test_references_are_compared_with_case",
)
def filter_on_a_reference_finds_nobody(request: Request, server: Server) -> Reply:
    return kept(server(request), lambda _: False) if asks(request, "profileUrl") else server(request)


@defect(
    "filter-on-a-reference-ignores-case",
    source="RFC7643-2.3.7-06",
    breaks="profileUrl is declared caseExact, and a filter ignores case",
    killed_by="test_references_are_compared_with_case",
    verdict="WARN",
)
def filter_on_a_reference_ignores_case(request: Request, server: Server) -> Reply:
    if asks(request, "profileUrl"):
        wanted = request.filter.partition('"')[2].rstrip('"').lower()
        everybody = server(request.with_parameters(filter="profileUrl pr"))
        return kept(everybody, lambda item: str(item.get("profileUrl")).lower() == wanted)
    return server(request)
