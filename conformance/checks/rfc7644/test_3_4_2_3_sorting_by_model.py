"""RFC 7644 section 3.4.2.3: random users sorted by random attributes, checked against a model of the RFC."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of
from conformance.model.filter_model import place_of, values_at
from conformance.model.path_model import parse_path
from conformance.model.sort_model import in_order
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.oracle import holds_for_all, pool_of
from conformance.values.any_filter import filterable

USERS = 5


@requirement(
    *(f"RFC7644-3.4.2.3-{number:02}" for number in (3, 4, 6, 7, 8, 9, 10)),
    level="lie",
    consequence="A client that pages through a sorted list misses users.",
)
def test_any_order_is_what_the_rfc_says(scim: Session) -> None:
    """A list sorted by any attribute must follow the order of the attribute's type, with missing values last."""
    scim.target.need("sort")
    scim.target.need("filter")
    name = scim.name()
    definitions = definitions_of(scim.target, "User")
    users = [user for _, user in pool_of(scim, "User", USERS, name)]
    expect.evaluated(scim.search(f'userName sw "{name}-"'), "a filter with sw")
    paths = [term.path for term in filterable(users, definitions)]
    refused: list[str] = []

    def judge(case: tuple[str, bool]) -> Finding | None:
        text, descending = case
        order = {"sortOrder": "descending"} if descending else {}
        answer = scim.search(f'userName sw "{name}-"', sortBy=text, count=100, **order)
        if answer.status == 400:
            refused.append(text)
            return None
        listed, path = expect.listing(answer), parse_path(text).attribute
        if len(listed) != USERS or in_order(listed, path, definitions, descending=descending) is not False:
            return None
        place = place_of(path, definitions)
        got = [values_at(place, user) if place else None for user in listed]
        word = "descending" if descending else "ascending"
        return Finding(f"the list with sortBy={text} is not in {word} order", word, json_of(got))

    holds_for_all(scim, st.tuples(st.sampled_from(paths), st.booleans()), judge)
    if refused:
        scim.warn(f"sortBy={refused[0]} is rejected", "200", "400")
