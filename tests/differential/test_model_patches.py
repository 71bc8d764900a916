"""PATCHes applied by the server's core and judged by the suite's model, which share no line.

The core must leave one of the states that the model accepts, or refuse with a scimType that the model accepts. In
tolerant mode it may also do what the model accepts with a remark (create what a condition describes, say).
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.model.likeness import alike, differences
from conformance.model.outcome import Holds, Open, Outcome, Refused
from conformance.model.patch_model import apply_patch
from conformance.values.any_patch import patches as drawn_patches
from conformance.values.any_resource import any_resource, thinned
from reference_server.scim.errors import ScimError
from reference_server.scim.patch import apply_patch as core_patch
from reference_server.scim.patch_operations import PATCH_URN
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules
from tests.conformance.published import TARGET, USERS
from tests.differential.people import patches, users

TYPE = resource_types().by_name["User"]
RANDOM = Random(20_261_125)
POOL = [thinned(any_resource(TARGET, "User", RANDOM, f"m{number}"), USERS, RANDOM) for number in range(6)]
DRAWN = st.one_of([drawn_patches(person, USERS, mark="new") for person in POOL])
ALL = list(HealthCheck)


def agree(operations: list[dict[str, Any]], people: list[dict[str, Any]], *, strict: bool) -> None:
    """For each user, one of the model's outcomes. Operations without a path are not part of strict mode."""
    if strict and any("path" not in operation for operation in operations):
        return
    for person in people:
        outcomes = apply_patch(person, operations, USERS)
        if not any(isinstance(one, Open) for one in outcomes):
            judge(operations, person, outcomes, Rules(strict=strict))


def judge(operations: list[dict[str, Any]], person: dict[str, Any], outcomes: list[Outcome], rules: Rules) -> None:
    """Raise AssertionError unless the core's answer is one of these outcomes."""
    states = [one for one in outcomes if isinstance(one, Holds)]
    try:
        left = core_patch(person, {"schemas": [PATCH_URN], "Operations": operations}, TYPE, rules)
    except ScimError as error:
        accepted = {kind for one in outcomes if isinstance(one, Refused) for kind in one.scim_types}
        assert error.scim_type in accepted, (json.dumps(operations), str(error), accepted)
        return
    if not any(alike(one.resource, left, USERS) for one in states):
        expected = [differences(one.resource, left, USERS) for one in states]
        raise AssertionError((json.dumps(operations), expected or "a refusal"))


@pytest.mark.slow
@given(DRAWN, st.booleans())
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=ALL)
def test_any_patch_leaves_what_the_model_accepts(operations: list[dict[str, Any]], strict: bool) -> None:
    agree(operations, POOL, strict=strict)


@pytest.mark.slow
@given(patches, users, st.booleans())
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=ALL)
def test_patches_of_strange_names_leave_what_the_model_accepts(
    patch: dict[str, Any], user: dict[str, Any], strict: bool
) -> None:
    agree(patch["Operations"], [user], strict=strict)


@pytest.mark.full
@given(DRAWN, st.booleans())
@settings(max_examples=50_000 // len(POOL), deadline=None, suppress_health_check=ALL)
def test_any_patch_leaves_what_the_model_accepts_at_length(operations: list[dict[str, Any]], strict: bool) -> None:
    agree(operations, POOL, strict=strict)


@pytest.mark.full
@given(patches, users, st.booleans())
@settings(max_examples=10_000, deadline=None, suppress_health_check=ALL)
def test_patches_of_strange_names_leave_what_the_model_accepts_at_length(
    patch: dict[str, Any], user: dict[str, Any], strict: bool
) -> None:
    agree(patch["Operations"], [user], strict=strict)
