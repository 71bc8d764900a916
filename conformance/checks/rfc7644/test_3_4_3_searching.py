"""RFC 7644 section 3.4.3: queries with POST to .search."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import NO_SEARCH, SEARCH_URN, Cohort, cohort, ids_in, search
from conformance.topics.samples import addresses, member

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])
ALIKE = "The same query returns different users with POST than with GET."
ONE_WAY = "Parse the request body into the same query object as GET parameters."


def hits(scim: Session, of: Cohort, **parameters: Any) -> list[dict[str, Any]]:
    """The resources of a cohort that POST .search finds."""
    return expect.listing(search(scim, of.endpoint, filter=of.filter, **parameters))


@TYPES
@requirement(
    "RFC7644-3.4.3-10",
    "RFC7644-3.2-12",
    "RFC7644-3.4.2-04",
    level="lie",
    consequence=ALIKE,
    fix=ONE_WAY,
)
def test_search_by_post_answers_like_a_query(scim: Session, type_name: str) -> None:
    """POST /Users/.search must return 200 and the same ListResponse as GET."""
    three = cohort(scim, 3, type_name)
    answer = search(scim, three.endpoint, filter=three.filter)
    expect.found(answer, *three.resources)
    expect.equal(answer["totalResults"], 3, "totalResults")
    expect.equal(answer["schemas"], [expect.LIST_URN], "schemas")


@pytest.mark.alone
@requirement(
    "RFC7644-3.4.3-02",
    level="lie",
    consequence="A search creates an empty user.",
    fix="Route /.search before POST to the endpoint.",
)
def test_search_by_post_creates_nothing(scim: Session) -> None:
    """POST /Users/.search must not create a user."""
    before = expect.status(scim.get(scim.users, count=0), 200)["totalResults"]
    body = {**scim.user_body(), "schemas": [SEARCH_URN], "count": 1}
    answer = scim.post(f"{scim.users}/.search", body)
    if answer.status == 201:
        raise Finding("the search created a user", "a list", "201")
    if answer.status in NO_SEARCH:
        raise NotOffered(".search")
    after = expect.status(scim.get(scim.users, count=0), 200)["totalResults"]
    expect.equal(after, before, "totalResults of all users")


@pytest.mark.parametrize("schemas", [None, ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]], ids=["none", "other"])
@requirement(
    "RFC7644-3.4.3-04",
    level="cosmetic",
    consequence="A body that was meant for something else is treated as a search for every user.",
    fix="Reject a search without the SearchRequest schema with 400 invalidSyntax.",
)
def test_search_without_its_schema_is_refused(scim: Session, schemas: list[str] | None) -> None:
    """A search without the SearchRequest schema must be rejected with 400; accepting it is a warning."""
    user = scim.new_user()
    parameters = {"filter": f'userName eq "{user["userName"]}"'}
    expect.found(search(scim, scim.users, **parameters), user)
    answer = scim.post(f"{scim.users}/.search", {**parameters, **({"schemas": schemas} if schemas else {})})
    if answer.status == 200:
        expect.found(answer, user)
        scim.warn("a search without the SearchRequest schema is accepted", "400 invalidSyntax", "200")
    else:
        expect.scim_error(answer, 400)


@pytest.mark.parametrize(
    ("parameters", "shown", "hidden"),
    [
        ({"attributes": ["userName"]}, ["id", "userName"], ["name", "emails", "title"]),
        ({"attributes": ["userName", "TITLE"]}, ["id", "userName", "title"], ["name", "emails"]),
        ({"excludedAttributes": ["emails"]}, ["id", "userName", "title"], ["emails"]),
        ({"excludedAttributes": ["id", "title"]}, ["id", "userName", "emails"], ["title"]),
    ],
    ids=["attributes", "two-attributes", "excluded", "excluded-id"],
)
@requirement(
    "RFC7644-3.4.3-05",
    "RFC7644-3.4.3-06",
    level="cosmetic",
    consequence="Responses are larger than requested, or users have no id.",
    fix=ONE_WAY,
)
def test_search_projects(scim: Session, parameters: dict[str, Any], shown: list[str], hidden: list[str]) -> None:
    """.search must apply attributes and excludedAttributes, and must keep what is always returned."""
    _, home, _ = addresses(scim)
    user = scim.new_user(title="Chief", emails=[home])
    answer = search(scim, scim.users, filter=f'userName eq "{user["userName"]}"', **parameters)
    expect.found(answer, user)
    element = expect.listing(answer)[0]
    expect.equal([name for name in shown if name not in element], [], "attributes that are missing")
    expect.lacks(element, *hidden)


@pytest.mark.parametrize(
    "expression",
    ["userName eq", "", "userName regex 1", 'userName eq "x'],
    ids=["no-value", "empty", "operator", "quote"],
)
@requirement(
    "RFC7644-3.4.3-07",
    level="lie",
    consequence="A server that ignores an invalid filter returns every user, and a client takes the first one.",
    fix="Return 400 invalidFilter.",
)
def test_search_with_a_broken_filter_is_refused(scim: Session, expression: str) -> None:
    """.search with an invalid filter must be rejected with 400; a different scimType is a warning."""
    user = scim.new_user()
    expect.found(search(scim, scim.users, filter=f'userName eq "{user["userName"]}"'), user)
    words = ("invalidFilter",) if expression else ("invalidFilter", "invalidValue", "invalidSyntax")
    expect.keyword(scim, search(scim, scim.users, filter=expression), 400, *words)


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("path", ["title", "name.familyName"])
@requirement("RFC7644-3.4.3-08", level="lie", consequence=ALIKE, fix=ONE_WAY)
def test_search_sorts(scim: Session, path: str, order: str) -> None:
    """.search must sort the results by sortBy and sortOrder."""
    scim.target.need("sort")
    three = cohort(
        scim, 3, each=lambda n: {"title": "bca"[n], "name": {"givenName": "Check", "familyName": f"{'bca'[n]}f"}}
    )
    b, c, a = three.ids
    found = ids_in(hits(scim, three, sortBy=path, sortOrder=order))
    expect.equal(found, [a, b, c] if order == "ascending" else [c, b, a], "the order of the users")


@TYPES
@requirement("RFC7644-3.4.3-09", level="lie", consequence=ALIKE, fix=ONE_WAY)
def test_search_pages(scim: Session, type_name: str) -> None:
    """.search with startIndex 2 and count 1 must return the second resource, startIndex 2, and the total of all matches."""
    three = cohort(scim, 3, type_name)
    naming = {"User": "userName", "Group": "displayName"}[type_name]
    order = {"sortBy": naming} if scim.target.offers("sort") else {}
    whole = ids_in(hits(scim, three, **order))
    answer = search(scim, three.endpoint, filter=three.filter, startIndex=2, count=1, **order)
    expect.equal(ids_in(expect.listing(answer)), whole[1:2], "the page")
    expect.equal((answer["startIndex"], answer["totalResults"]), (2, 3), "startIndex and totalResults")


@requirement("RFC7644-3.4.3-11", "RFC7644-3.4.2.1-02", level="lie", consequence=ALIKE, fix=ONE_WAY)
def test_root_search_covers_all_types(scim: Session) -> None:
    """POST /.search must find users and groups by displayName; rejecting the filter is a warning."""
    mark = scim.name()
    user = scim.new_user(displayName=mark)
    if scim.read(user).get("displayName") != mark:
        raise NotOffered("a displayName that the client chooses")
    group = scim.new_group(displayName=mark, members=[member(user)])
    expect.chosen(scim, search(scim, "", filter=f'displayName eq "{mark}"'), user, group)
