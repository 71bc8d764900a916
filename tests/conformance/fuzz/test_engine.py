"""The fuzz engine: only the seed determines the cases, and a run ends as soon as it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies
from hypothesis.internal import charmap

from conformance.fuzz.engine import coverage, generated, load, operations, prepare, seed_alone
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
