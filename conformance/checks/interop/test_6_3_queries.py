"""Interoperability profile sections 6.3 and 6.4: filters with `eq` and `and`, and pages of at least 100 resources."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.discovery_documents import config
from conformance.topics.interop_rules import UNKNOWN_ATTRIBUTE
from conformance.topics.samples import replaced
from conformance.topics.whole_lists import listed

NOBODY = "A provider looks up users by filter before it creates them; otherwise it creates duplicates or stops."
SEAMS = "An import treats users that are missing from the pages as deleted."
FAR_MORE = 1_000_000  # more than any server returns on one page


@requirement(
    "INTEROP-6.3-01",
    consequence=NOBODY,
    fix="Support filters, and set filter.supported to true in ServiceProviderConfig.",
)
def test_interop_filter_is_supported(scim: Session) -> None:
    """`filter.supported` must be true, and a filter must return only the matching user."""
    user, other = scim.new_user(), scim.new_user()
    held = config(scim).get("filter")
    expect.equal(isinstance(held, dict) and held.get("supported"), True, "filter.supported")
    expect.found(scim.get(scim.users, filter=f'userName eq "{user["userName"]}"'), user)
    expect.found(scim.get(scim.users, filter=f'userName eq "{other["userName"]}x"'))


@pytest.mark.parametrize("attribute", ["userName", "id", "displayName"])
@requirement("INTEROP-6.3-02", level="lie", consequence=NOBODY)
def test_interop_eq_finds_exactly_one(scim: Session, attribute: str) -> None:
    """`attribute eq "value"` must return exactly the user with that value."""
    name = scim.name()
    user = scim.new_user(displayName=name)
    scim.new_user(displayName=f"{name}x")
    expect.found(scim.search(f'{attribute} eq "{user.get(attribute)}"'), user)


@requirement("INTEROP-6.3-03", level="lie", consequence="A provider that looks for active users finds leavers.")
def test_interop_and_wants_both(scim: Session) -> None:
    """A filter with `and` must return the user if both comparisons are true, and an empty list if one is false."""
    user = scim.new_user(active=True)
    named = f'userName eq "{user["userName"]}"'
    expect.found(scim.search(f"{named} and active eq true"), user)
    expect.found(scim.search(f"{named} and active eq false"))
    expect.found(scim.search(f'userName eq "{expect.UNKNOWN}" and active eq true'))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@requirement("INTEROP-6.3-05", level="lie", consequence="One wrong URL changes or deletes every user who matches.")
def test_interop_filter_chooses_nothing_to_write(scim: Session, method: str) -> None:
    """PATCH and DELETE of an endpoint with `filter` must be rejected and must change nothing."""
    user = scim.new_user(displayName="Stays")
    parameters = {"filter": f'userName eq "{user["userName"]}"'}
    body = {"schemas": [PATCH_URN], "Operations": [replaced("Changed")]} if method == "PATCH" else None
    answer = scim.client.send(method, scim.users, body, parameters=parameters)
    expect.unchanged(scim, user)
    if not 400 <= answer.status < 500 and answer.status != 501:
        raise Finding(f"The server does not reject {method} with a filter", "a 4xx", answer.told)


@pytest.mark.parametrize("case", ["unknown", "of another type"])
@requirement(
    "INTEROP-6.3-06",
    level="lie",
    consequence="The provider reads an empty list for a wrong filter as no match and creates duplicates.",
    fix="Reject a filter on an attribute that no schema of the type defines with 400 invalidFilter.",
)
def test_interop_filter_on_what_a_type_lacks_is_refused(scim: Session, case: str) -> None:
    """A filter on an attribute outside the schemas of the endpoint must be rejected with 400 invalidFilter."""
    endpoint = scim.users if case == "unknown" else scim.groups
    if endpoint == scim.groups and any(a.path == "userName" for a in scim.target.attributes("Group")):
        raise NotOffered("a Group without userName")
    attribute = UNKNOWN_ATTRIBUTE if case == "unknown" else "userName"
    expect.scim_error(scim.search(f'{attribute} eq "x"', endpoint), 400, "invalidFilter")


@pytest.mark.alone
@requirement("INTEROP-6.4-01", level="lie", consequence=SEAMS, fix="Honor startIndex and count, or support cursors.")
@for_each_resource_type
def test_interop_lists_come_in_pages(scim: Session, type_name: str) -> None:
    """Three pages of one resource must return three different resources, by index or by cursor."""
    for _ in range(3):
        scim.new(type_name)
    seen: list[str] = []
    following: dict[str, Any] = {"startIndex": 1} if _by_index(scim) else {"cursor": ""}
    for number in range(1, 4):
        answer = scim.get(scim.target.need_type(type_name), count=1, **following)
        items = listed(answer)
        expect.equal(len(items), 1, f"the number of resources on page {number}")
        seen.append(str(items[0].get("id")))
        following = {"cursor": answer["nextCursor"]} if answer["nextCursor"] else {"startIndex": number + 1}
    if len(set(seen)) < 3:
        raise Finding(
            "The server returns the same resource on more than one page", "three different resources", ", ".join(seen)
        )


@pytest.mark.parametrize("count", [None, 100], ids=["without count", "count 100"])
@requirement(
    "INTEROP-6.4-03",
    "INTEROP-6.4-02",
    consequence="Imports need more requests than planned and run into rate limits.",
    fix="Allow pages of 100 resources, and return 100 when count is missing.",
)
def test_interop_pages_have_a_hundred(scim: Session, count: int | None) -> None:
    """No published limit may be below 100; with more than 100 users, `count=100` must return 100 (no count: warning)."""
    if count is not None:
        for name, limit in _limits(scim).items():
            if limit < 100:
                raise Finding(f"{name} is below 100", "100 or more", str(limit))
    parameters = {} if count is None else {"count": count}
    answer = scim.get(scim.users, **parameters)
    items = expect.listing(answer)
    if answer["totalResults"] <= 100:
        raise NotOffered("more than 100 users, which this test needs")
    if len(items) < 100 and count is None:
        scim.warn("A page without count has fewer than 100 resources", "100 or more", str(len(items)))
    elif count is not None:
        expect.equal(len(items), 100, "the number of resources on the page")


@requirement("INTEROP-6.4-05", consequence="A client that asks for everything gets an error instead of a page.")
def test_interop_count_above_the_cap_is_no_error(scim: Session) -> None:
    """A `count` above the server's limit must return a page, and the page must not exceed the published limit."""
    scim.new_user()
    answer = scim.get(scim.users, count=FAR_MORE)
    items = expect.listing(answer)
    for name, limit in _limits(scim).items():
        if limit > 0 and max(len(items), _number(answer, "itemsPerPage")) > limit:
            raise Finding(f"The page is larger than {name}", f"at most {limit}", str(answer["itemsPerPage"]))


def _by_index(scim: Session) -> bool:
    pagination = scim.target.config.get("pagination")
    return not (isinstance(pagination, dict) and pagination.get("index") is False)


def _limits(scim: Session) -> dict[str, int]:
    """The published page size limits by name."""
    found = {}
    for group, name in (("filter", "maxResults"), ("pagination", "maxPageSize")):
        held = scim.target.config.get(group)
        value = held.get(name) if isinstance(held, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            found[f"{group}.{name}"] = value
    return found


def _number(answer: Answer, name: str) -> int:
    value = answer[name]
    return value if isinstance(value, int) else 0
