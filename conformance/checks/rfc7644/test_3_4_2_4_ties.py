"""RFC 7644 section 3.4.2.4: pages of users and groups that have equal sort keys."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.topics.cohorts import cohort, ids_in, page

TIES = 7
STEP = 2
# Attributes that are equal in all resources of a cohort → whether the cohort has to set them.
SORTED_BY = {"externalId": True, "meta.resourceType": False}


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("key", SORTED_BY)
@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement(
    "RFC7644-3.4.2.4-12",
    "RFC7644-3.4.2.3-03",
    level="lie",
    consequence="An import that is sorted by department or status misses users at the page boundaries and deletes them.",
    fix="Use the id as the last sort key of every list.",
)
def test_pages_of_ties_give_each_resource_once(scim: Session, type_name: str, key: str, order: str) -> None:
    """Reading resources with equal sort keys page by page must return each of them once (RFC 7644 3.4.2.4)."""
    scim.target.need("sort")
    common = {"externalId": scim.name()} if SORTED_BY[key] else {}
    try:
        of = cohort(scim, TIES, type_name, each=lambda _: common)
    except Undecided as error:
        if common:  # another check tests servers that require it to be unique
            raise NotOffered("resources with the same externalId") from error
        raise
    seen: list[str] = []
    for start in range(1, TIES + 1, STEP):
        answer = scim.search(of.filter, of.endpoint, sortBy=key, sortOrder=order, startIndex=start, count=STEP)
        if answer.status in (400, 403, 501):
            raise NotOffered(f"sorting by {key}")
        seen += ids_in(answer["Resources"] or [])
    if sorted(seen) != sorted(of.ids):
        twice, missing = len(seen) - len({*seen}), len({*of.ids} - {*seen})
        got = f"{twice} twice, {missing} never"
        raise Finding(f"pages sorted by {key} omit or repeat resources with equal values", f"each of {TIES} once", got)
    everything = page(scim, of, sortBy=key, sortOrder=order)
    if ids_in(everything["Resources"]) != seen and everything["itemsPerPage"] == TIES:
        scim.note(f"a single page sorted by {key} is sorted differently than small pages")
