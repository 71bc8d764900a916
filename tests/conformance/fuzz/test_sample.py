"""A run generates bodies with the required attributes and a few of each kind, which the seed selects."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.fuzz.json_schemas import writable
from conformance.fuzz.openapi import Described, described
from conformance.fuzz.sample import ALWAYS, kind, sampled
from tests.conformance.published import DEVICE_TARGET, TARGET

USER, GROUP = described(TARGET)
(DEVICE,) = described(DEVICE_TARGET)


def names(rtype: Described) -> list[str]:
    return [held["name"] for held in rtype.core]


@pytest.mark.parametrize("rtype", [USER, GROUP, DEVICE], ids=lambda rtype: rtype.name)
def test_every_kind_of_attribute_is_in_the_sample_and_every_required_one(rtype: Described) -> None:
    sample = sampled(rtype, seed=1, examples=4)
    assert {kind(held) for held in sample.core} >= {kind(held) for held in rtype.core if writable(held)}
    assert set(names(sample)) >= {held["name"] for held in rtype.core if held.get("required")}
    assert set(sample.extensions) == set(rtype.extensions)
    assert all(sample.extensions.values())


def test_the_number_of_cases_limits_the_attributes_of_each_kind() -> None:
    sample = sampled(USER, seed=1, examples=4).core
    free = [held for held in sample if not held.get("required") and held["name"] not in ALWAYS]
    assert max(Counter(map(kind, free)).values()) == 2
    assert len(sampled(USER, seed=1, examples=1).core) < len(sample)
    assert names(sampled(USER, seed=1, examples=40)) == [held["name"] for held in USER.core if writable(held)]


def test_parts_that_identify_a_value_stay() -> None:
    for held in sampled(USER, seed=1, examples=1).core:
        whole = next(other for other in USER.core if other["name"] == held["name"])
        parts = {part["name"] for part in whole.get("subAttributes", ())}
        assert {part["name"] for part in held.get("subAttributes", ())} >= parts & {"value", "type", "$ref"}


def test_only_the_seed_selects() -> None:
    assert sampled(USER, seed=1, examples=4) == sampled(USER, seed=1, examples=4)
    assert len({tuple(names(sampled(USER, seed=seed, examples=4))) for seed in range(20)}) > 10
    assert {name for seed in range(60) for name in names(sampled(USER, seed=seed, examples=4))} == set(
        names(sampled(USER, seed=1, examples=40))
    )
