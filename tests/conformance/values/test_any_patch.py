"""Drawn PATCHes can be judged, and reach what a client may change."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings

from conformance.model.outcome import Holds, Open
from conformance.model.patch_model import apply_patch
from conformance.values.any_patch import patchable, patches
from conformance.values.any_resource import any_resource, thinned
from tests.conformance.published import DEVICE_TARGET, DEVICES, TARGET, USERS

RANDOM = Random(2)
USER = thinned(any_resource(TARGET, "User", RANDOM, "me"), USERS, RANDOM)
DEVICE = any_resource(DEVICE_TARGET, "Device", RANDOM, "me")
QUICK = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@given(patches(USER, USERS, mark="me"))
@QUICK
def test_every_patch_of_a_user_has_an_answer(operations: list[dict[str, Any]]) -> None:
    outcomes = apply_patch(USER, operations, USERS)
    assert 1 <= len(operations) <= 3
    assert outcomes
    assert not any(isinstance(one, Open) for one in outcomes)


@given(patches(DEVICE, DEVICES, mark="me", max_operations=1))
@QUICK
def test_every_patch_of_a_device_has_an_answer(operations: list[dict[str, Any]]) -> None:
    outcomes = apply_patch(DEVICE, operations, DEVICES)
    assert outcomes
    if operations[0]["op"] != "remove" and "model" not in str(operations):
        assert any(isinstance(one, Holds) for one in outcomes) or "stamp" in str(operations)


def test_what_is_hidden_or_needs_someone_else_is_left_alone() -> None:
    paths = {field.path.rpartition(":")[2] for field in patchable(USER, USERS, "me")}
    assert {"userName", "emails", "department", "externalId"} <= paths
    assert not {"password", "groups", "manager", "id"} & paths
