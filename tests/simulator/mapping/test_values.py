"""Which values count as equal (docs/notes/entra.md 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.mapping.values import is_missing, is_same


@pytest.mark.parametrize(
    ("wanted", "held", "case_exact", "same"),
    [
        ("Anna", "anna", False, True),
        ("Anna", "anna", True, False),
        ("", None, False, True),
        ("True", True, False, False),
        (True, 1, False, False),
        (["a"], ["a"], False, True),
    ],
)
def test_two_values_are_the_same_or_not(wanted: Any, held: Any, case_exact: bool, same: bool) -> None:
    assert is_same(wanted, held, case_exact=case_exact) is same


@pytest.mark.parametrize(
    ("wanted", "held", "missing"),
    [
        ([{"value": "A"}], [{"value": "a", "type": "work"}], False),
        (["a", "b"], [{"value": "a"}], True),
        (["a"], None, True),
        ([{"value": "reader"}], [{"value": '{"id":"1","value":"reader"}'}], False),
    ],
)
def test_a_value_is_missing_or_not(wanted: list[Any], held: Any, missing: bool) -> None:
    assert is_missing(wanted, held) is missing
