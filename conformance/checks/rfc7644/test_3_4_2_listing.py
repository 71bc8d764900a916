"""RFC 7644 sections 3.4.2 to 3.4.3: lists, sorting, pages, projection, search."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import USER_URN
from conformance.verdict import Finding, NotOffered

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def cohort(scim: Session, count: int = 4) -> tuple[list[dict[str, Any]], str]:
    """Some users with a family name of their own, and the filter that chooses them."""
    mark = scim.name()
    made = [
        scim.new_user(name={"givenName": f"N{n}", "familyName": mark}, displayName=f"{'BaDc'[n % 4]}{n}")
        for n in range(count)
    ]
    return made, f'name.familyName eq "{mark}"'


@requirement("RFC7644-3.4.2-04", "RFC7644-3.4.2-05", "RFC7644-3.4.2-07", "RFC7644-3.4.2-06")
def test_list_is_a_list_response(scim: Session) -> None:
    """A list has its schema, totalResults and Resources."""
    users, expression = cohort(scim)
    answer = scim.search(expression)
    expect.found(answer, *users)
    expect.equal(answer["totalResults"], len(users), "totalResults")


@requirement("RFC7644-3.4.2-12", level="lie")
def test_list_element_is_the_resource(scim: Session) -> None:
    """An element of a list equals the resource as a GET shows it."""
    user = scim.new_user(displayName="Element")
    element = expect.listing(scim.search(f'userName eq "{user["userName"]}"'))[0]
    expect.equal(element, scim.read(user), "the element")


@requirement(
    "RFC7644-3.4.2.4-12", "RFC7644-3.4.2.4-05", "RFC7644-3.4.2.4-11", level="lie", consequence="Importers lose people."
)
def test_pages_give_each_resource_once(scim: Session) -> None:
    """Walking by startIndex gives every resource exactly once."""
    users, expression = cohort(scim, 5)
    ids: list[str] = []
    for start in (1, 3, 5):
        answer = scim.search(expression, startIndex=start, count=2)
        page = expect.listing(answer)
        if len(page) > 2:
            raise Finding("a page is larger than count", "at most 2", str(len(page)))
        expect.equal(answer["totalResults"], 5, "totalResults")
        expect.equal(answer["startIndex"], start, "startIndex")
        ids += [str(item["id"]) for item in page]
    expect.equal(sorted(ids), sorted(str(user["id"]) for user in users), "the ids over all pages")


@requirement("RFC7644-3.4.2.4-08", "RFC7644-3.4.2.4-07", level="lie")
@pytest.mark.parametrize("count", [0, -1])
def test_count_zero_counts_only(scim: Session, count: int) -> None:
    """count 0, and a negative one, give no resources but the total."""
    users, expression = cohort(scim, 2)
    answer = scim.search(expression, count=count)
    expect.status(answer, 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    expect.equal(answer["totalResults"], len(users), "totalResults")


@requirement("RFC7644-3.4.2.4-04", "RFC7644-3.4.2.4-03")
def test_start_index_below_one_is_one(scim: Session) -> None:
    """startIndex 0 and -5 begin at the first."""
    users, expression = cohort(scim, 2)
    for start in (0, -5):
        expect.found(scim.search(expression, startIndex=start), *users)


@requirement("RFC7644-3.4.2.4-13", level="lie")
def test_page_beyond_the_end_is_empty(scim: Session) -> None:
    """A startIndex behind the end gives an empty page and the true total."""
    users, expression = cohort(scim, 2)
    answer = scim.search(expression, startIndex=100)
    if answer.status in (400, 404):
        scim.warn("a page beyond the end is an error", "200 with no resources", str(answer.status))
        return
    expect.found(answer)
    expect.equal(answer["totalResults"], len(users), "totalResults")


@requirement("RFC7644-3.4.2.3-03", "RFC7644-3.4.2.3-08", "RFC7644-3.4.2.3-09", level="lie")
def test_sorting_ignores_case_where_the_attribute_does(scim: Session) -> None:
    """sortBy displayName orders a, B, c, D without sortOrder."""
    scim.target.need("sort")
    _, expression = cohort(scim)
    names = [str(item.get("displayName")) for item in expect.listing(scim.search(expression, sortBy="displayName"))]
    expect.equal(names, sorted(names, key=str.lower), "the order")


@requirement("RFC7644-3.4.2.3-07", level="lie")
def test_sorting_descends(scim: Session) -> None:
    """sortOrder descending turns the order round."""
    scim.target.need("sort")
    _, expression = cohort(scim)
    answer = scim.search(expression, sortBy="displayName", sortOrder="descending")
    names = [str(item.get("displayName")) for item in expect.listing(answer)]
    expect.equal(names, sorted(names, key=str.lower, reverse=True), "the order")


@requirement("RFC7644-3.4.2.3-06", level="lie")
def test_resources_without_value_sort_last(scim: Session) -> None:
    """Ascending, who has no value comes last."""
    scim.target.need("sort")
    scim.target.need_attribute(USER_URN, "nickName")
    mark = scim.name()
    without = scim.new_user(name={"givenName": "A", "familyName": mark})
    with_value = scim.new_user(name={"givenName": "B", "familyName": mark}, nickName="zz")
    answer = scim.search(f'name.familyName eq "{mark}"', sortBy="nickName")
    ids = [str(item["id"]) for item in expect.listing(answer)]
    expect.equal(ids, [with_value["id"], without["id"]], "the order")


@requirement("RFC7644-3.9-04", "RFC7644-3.4.2.5-01", "RFC7644-3.4.2.5-03", "RFC7643-7-26", level="cosmetic")
def test_attributes_chooses_what_is_shown(scim: Session) -> None:
    """attributes=userName shows id and userName, nothing else of the default set."""
    user = scim.new_user(displayName="Hidden")
    shown = expect.status(scim.get(scim.path_of(user), attributes="userName"), 200).json
    expect.holds(shown, id=user["id"], userName=user["userName"])
    surplus = sorted(set(shown) - {"schemas", "id", "userName", "meta"})
    expect.equal(surplus, [], "attributes beyond those asked for")
    if "meta" in shown:
        scim.note("meta is shown though it was not asked for")


@requirement("RFC7644-3.9-06", "RFC7644-3.4.2.5-05", "RFC7644-3.4.2.5-06", level="cosmetic")
def test_excluded_attributes_are_left_out(scim: Session) -> None:
    """excludedAttributes=displayName,id hides the name and never the id."""
    user = scim.new_user(displayName="Hidden")
    shown = expect.status(scim.get(scim.path_of(user), excludedAttributes="displayName,id"), 200).json
    expect.lacks(shown, "displayName")
    expect.holds(shown, id=user["id"])


@requirement(
    "RFC7644-3.9-06", level="refusal", consequence="Entra reads groups without members; a full list fails the cycle."
)
def test_members_can_be_excluded(scim: Session) -> None:
    """excludedAttributes=members works on one group and on a list."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    expect.lacks(expect.status(scim.get(scim.path_of(group), excludedAttributes="members"), 200).json, "members")
    scim.target.need("filter")
    answer = scim.get(scim.groups, excludedAttributes="members", filter=f'displayName eq "{group["displayName"]}"')
    expect.found(answer, group)
    expect.lacks(expect.listing(answer)[0], "members")


@requirement("RFC7644-3.9-07")
def test_unknown_names_in_attributes_do_no_harm(scim: Session) -> None:
    """attributes=userName,unknown still shows the userName."""
    user = scim.new_user()
    shown = expect.status(scim.get(scim.path_of(user), attributes="userName,scimulatorUnknown"), 200).json
    expect.holds(shown, userName=user["userName"])


@requirement("RFC7644-3.4.3-02", "RFC7644-3.4.3-10", "RFC7644-3.2-12", level="lie")
def test_search_by_post(scim: Session) -> None:
    """POST /Users/.search answers like the query, and creates nothing."""
    user = scim.new_user()
    body = {"schemas": [SEARCH_URN], "filter": f'userName eq "{user["userName"]}"', "attributes": ["userName"]}
    answer = scim.client.send("POST", f"{scim.users}/.search", body)
    if answer.status in (404, 405, 501):
        raise NotOffered(".search")
    expect.found(answer, user)


@requirement("RFC7644-3.4.3-11", "RFC7644-3.4.2.1-02", level="lie")
def test_root_search_covers_all_types(scim: Session) -> None:
    """POST /.search finds users and groups by displayName."""
    mark = scim.name()
    user, group = scim.new_user(displayName=mark), scim.new_group(displayName=mark)
    answer = scim.client.send("POST", "/.search", {"schemas": [SEARCH_URN], "filter": f'displayName eq "{mark}"'})
    if answer.status in (404, 405, 501):
        raise NotOffered("/.search at the root")
    expect.found(answer, user, group)
