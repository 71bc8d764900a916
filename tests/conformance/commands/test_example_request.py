"""The example of a check is its most telling request, read from its source."""

from __future__ import annotations

import pytest

from conformance.commands.example_request import SHOWN, example_of
from conformance.run.declared import declared


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        ("test_create_needs_schemas", "POST /Users"),
        ("test_repeated_value_is_returned_once", "PATCH /Users/{id}   {'op': 'add', 'path': 'emails'"),
    ],
)
def test_the_request_that_a_check_is_about_is_shown(function: str, shown: str) -> None:
    check = next(check for check in declared() if check.function == function)
    assert example_of(check).startswith(shown)


def test_every_example_fits_and_most_checks_have_one() -> None:
    examples = [example_of(check) for check in declared()]
    assert max(map(len, examples)) <= SHOWN
    assert sum(map(bool, examples)) > len(examples) / 2
