"""Filters evaluated by the server's core and by the suite's model, which share no code: known results must be equal.

With test_filters.py, which uses the same users and filters, these are three implementations: core, model, and scim2-models.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from conformance.model.filter_model import Refusal, matches, parse_filter, refusal
from conformance.values.any_filter import filters as drawn_filters
from conformance.values.any_resource import any_resource, thinned
from reference_server.scim.errors import InvalidFilter
from reference_server.scim.filter import parse_filter as compiled
from reference_server.scim.resource_type import resource_types
from tests.conformance.published import TARGET, USERS
from tests.differential.people import filters, users

TYPE = resource_types().by_name["User"]
RANDOM = Random(20_261_125)
META = {"resourceType": "User", "created": "2026-01-01T00:00:00Z", "lastModified": "2026-06-01T12:30:00Z"}
POOL = [
    {**thinned(any_resource(TARGET, "User", RANDOM, f"m{number}"), USERS, RANDOM), "id": f"id-{number}", "meta": META}
    for number in range(8)
]
ALL = list(HealthCheck)


def agree(text: str, people: list[dict[str, Any]]) -> None:
    """The core refuses only what may be refused, always what must be, and chooses whom the model chooses."""
    tree = parse_filter(text)
    try:
        core = compiled(text, TYPE).matches
    except InvalidFilter as error:
        assert refusal(tree, USERS) is not Refusal.NEVER, f"{text}: {error}"
        return
    assert refusal(tree, USERS) is not Refusal.MUST, text
    for person in people:
        assert matches(tree, person, USERS) in (None, core(person)), (text, person)


@pytest.mark.slow
@given(drawn_filters(POOL, USERS))
@settings(max_examples=160, deadline=None, derandomize=True, suppress_health_check=ALL)
def test_any_filter_on_any_attribute_is_judged_alike(text: str) -> None:
    agree(text, POOL)


@pytest.mark.slow
@given(filters, users)
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=ALL)
def test_filters_on_strange_names_are_judged_alike(text: str, user: dict[str, Any]) -> None:
    agree(text, [user])


@pytest.mark.full
@given(drawn_filters(POOL, USERS))
@settings(max_examples=50_000 // len(POOL), deadline=None, suppress_health_check=ALL)
def test_any_filter_on_any_attribute_is_judged_alike_at_length(text: str) -> None:
    agree(text, POOL)


@pytest.mark.full
@given(filters, users)
@settings(max_examples=10_000, deadline=None, suppress_health_check=ALL)
def test_filters_on_strange_names_are_judged_alike_at_length(text: str, user: dict[str, Any]) -> None:
    agree(text, [user])
