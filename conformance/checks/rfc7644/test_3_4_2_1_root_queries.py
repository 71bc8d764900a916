"""RFC 7644 section 3.4.2.1: queries at the base URL cover all resource types."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.target.client import Answer
from conformance.topics.cohorts import NO_SEARCH
from conformance.topics.samples import member


@requirement(
    "RFC7644-3.4.2.1-02",
    level="lie",
    consequence="A tool that searches all resource types misses the group or the user.",
    fix="Run the query for each resource type and combine the results.",
)
def test_root_query_finds_every_type(scim: Session) -> None:
    """A filter on displayName at the base URL must find the user and the group with that name, each with its type."""
    user, group, mark = namesakes(scim)
    answer = ask(scim, f'displayName eq "{mark}"')
    expect.found(answer, user, group)
    types = {item["id"]: (item.get("meta") or {}).get("resourceType") for item in expect.listing(answer)}
    expect.equal(types, {user["id"]: "User", group["id"]: "Group"}, "meta.resourceType")


@pytest.mark.parametrize(
    "form",
    ['displayName sw "{}"', 'displayName pr and displayName eq "{}"', 'displayName eq "{}" or displayName eq "x{}x"'],
    ids=["sw", "pr-and", "or"],
)
@requirement(
    "RFC7644-3.4.2.1-05",
    level="lie",
    consequence="The same filter has different results at /Users and at the base URL.",
    fix="Use the same filter implementation for all endpoints.",
)
def test_root_query_follows_the_filter_rules(scim: Session, form: str) -> None:
    """Filters with sw, pr, and, and or must work at the base URL as at /Users."""
    user, group, mark = namesakes(scim)
    expect.chosen(scim, ask(scim, form.replace("{}", mark)), user, group)


@pytest.mark.parametrize(("attribute", "found"), [("userName", "user"), ("members", "group")])
@requirement(
    "RFC7644-3.4.2.1-06",
    level="lie",
    consequence="A query on an attribute of one type fails, or also returns resources of the other type.",
    fix="Treat an attribute that a resource type does not define as an attribute without a value.",
)
def test_attribute_that_a_type_lacks_has_no_value(scim: Session, attribute: str, found: str) -> None:
    """At the base URL, `userName pr` must find no group and `members pr` no user, and neither may fail."""
    user, group, mark = namesakes(scim)
    known = expect.evaluated(ask(scim, f'displayName eq "{mark}" and displayName pr'), "filters with and")
    expect.found(known, user, group)
    answer = ask(scim, f'displayName eq "{mark}" and {attribute} pr')
    expect.found(answer, {"user": user, "group": group}[found])


def namesakes(scim: Session) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A user and a group that have the same displayName; the user is a member of the group."""
    mark = scim.name()
    user = scim.new_user(displayName=mark)
    if scim.read(user).get("displayName") != mark:
        raise NotOffered("a displayName that the client chooses")
    return user, scim.new_group(displayName=mark, members=[member(user)]), mark


def ask(scim: Session, expression: str) -> Answer:
    """Send a query to the base URL; raises NotOffered if the server does not answer such queries with a list."""
    probe = scim.search(f'displayName eq "{expect.UNKNOWN}"', "/")
    is_list = isinstance(probe.json, dict) and probe["totalResults"] is not None
    if probe.status in NO_SEARCH or (probe.status < 500 and not is_list):
        raise NotOffered("queries at the base URL")
    return scim.search(expression, "/")
