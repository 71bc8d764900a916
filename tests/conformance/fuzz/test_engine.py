"""The fuzz engine: only the seed determines the cases, and a run ends as soon as it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies
from hypothesis.internal import charmap
from schemathesis.specs.openapi.coverage import _schema

from conformance.fuzz.engine import NOT_ENUMERATED, coverage, generated, load, operations, prepare, seed_alone
from conformance.fuzz.openapi import openapi_document
from conformance.fuzz.trial import Broken, Enough
from tests.conformance.published import TARGET

Drive = Callable[..., None]


@pytest.fixture(scope="module")
def create() -> Any:
    """The operation that creates a group, which has a small body."""
    schema = load(openapi_document(TARGET, "http://127.0.0.1/scim"))
    return next(one for one in operations(schema) if (one.method, one.path) == ("post", "/Groups"))


def positive(operation: Any, run: Callable[[Any], None], *, seed: int, examples: int) -> None:
    generated(operation, "positive", run, seed=seed, examples=examples)


def bodies(drive: Drive, operation: Any, seed: int) -> list[str]:
    made: list[str] = []
    with seed_alone():
        drive(operation, lambda case: made.append(repr(case.body)), seed=seed, examples=5)
    return made


@pytest.mark.slow
def test_every_operation_of_the_document_can_be_driven() -> None:
    document = openapi_document(TARGET, "http://127.0.0.1/scim")
    declared = {(method, path) for path, held in document["paths"].items() for method in held if method != "parameters"}
    assert {(one.method, one.path) for one in operations(load(document))} == declared


@pytest.mark.slow
@pytest.mark.parametrize("drive", [positive, coverage])
def test_the_seed_decides_the_cases(create: Any, drive: Drive) -> None:
    first = bodies(drive, create, 7)
    assert first
    assert bodies(drive, create, 7) == first
    assert bodies(drive, create, 8) != first


def test_boundary_values_of_every_kind_come_before_a_second_one_of_a_kind(create: Any) -> None:
    found: list[str] = []
    with seed_alone():
        coverage(create, lambda case: found.append(case.meta.phase.data.scenario.value), seed=7, examples=12)
    deviations = {
        "incorrect_type",
        "object_missing_required_property",
        "object_unexpected_properties",
        "missing_parameter",
    }
    limits = {"string_below_min_length", "string_above_max_length", "array_below_min_items", "array_above_max_items"}
    assert set(found) >= {"valid_object", "object_required_and_optional", "object_only_required"} | deviations | limits
    assert not {"malformed_content_type", "unsupported_content_type"} & set(found)


def test_operations_with_equal_bodies_get_different_cases() -> None:
    schema = load(openapi_document(TARGET, "http://127.0.0.1/scim"))
    create, replace = (
        next(one for one in operations(schema) if (one.method, one.path) == place)
        for place in (("post", "/Groups"), ("put", "/Groups/{id}"))
    )
    for drive in (positive, coverage):
        assert bodies(drive, create, 7) != bodies(drive, replace, 7)


def test_few_values_are_drawn_to_find_one_that_is_not_enumerated() -> None:
    with seed_alone():
        assert len(_schema._invalid_enum_candidates()) < 20
    drawn = [type(value) for value in _schema._invalid_enum_candidates()]
    assert {type(value) for value in NOT_ENUMERATED} >= set(drawn)


@pytest.mark.parametrize("drive", [positive, coverage])
def test_a_run_that_has_enough_ends_without_an_error(create: Any, drive: Drive) -> None:
    seen: list[Any] = []

    def run(case: Any) -> None:
        seen.append(case)
        if len(seen) == 2:
            raise Enough

    with seed_alone():
        drive(create, run, seed=7, examples=5)
    assert len(seen) == 2


def test_a_case_that_breaks_a_rule_does_not_end_the_sample_of_boundary_values(create: Any) -> None:
    seen: list[Any] = []

    def run(case: Any) -> None:
        seen.append(case)
        raise Broken

    coverage(create, run, seed=7, examples=3)
    assert len(seen) > 1


def test_a_generated_case_that_breaks_a_rule_is_made_smaller(create: Any) -> None:
    seen: list[int] = []

    def run(case: Any) -> None:
        length = len(case.body["displayName"]) if isinstance(case.body, dict) else 0
        if length > 3:
            seen.append(length)
            raise Broken

    with seed_alone():
        positive(create, run, seed=7, examples=50)
    assert seen
    assert seen[-1] == min(seen)


def test_the_source_of_lambdas_is_read_only_outside_of_a_run() -> None:
    """Hypothesis parses the whole file of each lambda that it describes, which took 0.1 s of each run."""
    with seed_alone():
        inside = repr(strategies.text().filter(lambda text: text.isalpha()))
    assert "isalpha" not in inside
    assert "isalpha" in repr(strategies.text().filter(lambda text: text.isalpha()))


def test_the_characters_of_utf_8_are_known_without_encoding_each() -> None:
    prepare()
    own: Any = charmap.intervals_from_codec.__wrapped__
    asked = own.cache_info()
    known = charmap.intervals_from_codec("utf-8")
    assert own.cache_info() == asked
    assert [held.intervals for held in known] == [held.intervals for held in own("utf-8")]
