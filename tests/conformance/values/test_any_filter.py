"""Drawn filters can be read, can be judged, and choose differently."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, find, given, settings

from conformance.model.filter_model import Refusal, matches, parse_filter, refusal
from conformance.model.filter_text import Compare, Not, Or, ValuePath
from conformance.values.any_filter import filterable, filters
from conformance.values.any_resource import any_resource, thinned
from tests.conformance.published import DEVICE_TARGET, DEVICES, TARGET, USERS

RANDOM = Random(1)
POOL = [thinned(any_resource(TARGET, "User", RANDOM, f"m{n}"), USERS, RANDOM) for n in range(4)]
QUICK = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@given(filters(POOL, USERS))
@QUICK
def test_every_filter_is_judged_on_someone(text: str) -> None:
    tree = parse_filter(text)
    assert refusal(tree, USERS) is not Refusal.MUST
    assert any(matches(tree, one, USERS) is not None for one in POOL)


@pytest.mark.slow
def test_all_forms_are_drawn() -> None:
    loose = settings(max_examples=3_000, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    for kind in (Compare, ValuePath, Not, Or):
        find(filters(POOL, USERS), lambda text, kind=kind: isinstance(parse_filter(text), kind), settings=loose)  # type: ignore[misc]


def test_hidden_and_computed_attributes_are_never_asked_for() -> None:
    paths = {term.path for term in filterable(POOL, USERS)}
    assert {"userName", "name.givenName", "emails.type", "externalId", "meta.created"} <= paths
    assert not {"password", "groups.value", "members.$ref", "meta.version"} & paths


def test_any_type_of_resource_will_do() -> None:
    pool = [any_resource(DEVICE_TARGET, "Device", Random(n), f"m{n}") for n in range(3)]
    assert {"ports", "weight", "locked", "slots.stamp"} <= {term.path for term in filterable(pool, DEVICES)}
