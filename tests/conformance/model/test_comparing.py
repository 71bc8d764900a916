"""Comparing values by their declared type; None where the RFC leaves the answer open."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.comparing import compare, moment, unanimous


@pytest.mark.parametrize(
    ("definition", "op", "held", "asked", "expected"),
    [
        ({"type": "string"}, "eq", "Anna", "aNNA", True),
        ({"type": "string", "caseExact": True}, "eq", "Anna", "anna", False),
        ({"type": "string"}, "co", "Anna", "NN", True),
        ({"type": "string"}, "ew", "Anna", "An", False),
        ({"type": "string"}, "gt", "b", "a", True),
        ({"type": "string"}, "eq", "", "a", None),
        ({"type": "string"}, "eq", "Straße", "strasse", None),
        ({"type": "boolean"}, "eq", True, True, True),
        ({"type": "boolean"}, "gt", True, False, None),
        ({"type": "boolean"}, "eq", True, "true", None),
        ({"type": "integer"}, "ge", 3, 3, True),
        ({"type": "integer"}, "co", 33, 3, None),
        ({"type": "integer"}, "eq", 1, True, None),
        ({"type": "dateTime"}, "lt", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", True),
        ({"type": "dateTime"}, "eq", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00Z", None),
        ({"type": "dateTime"}, "gt", "2026-01-01T02:00:00+02:00", "2025-12-31T00:00:00Z", True),
        ({"type": "dateTime"}, "co", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", None),
        ({"type": "reference", "referenceTypes": ["User"]}, "eq", "Users/1", "/Users/1", None),
    ],
)
def test_values_are_compared_by_their_type(
    definition: dict[str, Any], op: str, held: Any, asked: Any, expected: bool | None
) -> None:
    assert compare(definition, op, held, asked) is expected


def test_an_answer_is_unanimous_or_open() -> None:
    assert [unanimous([True, True]), unanimous([True, False]), unanimous([])] == [True, None, None]


def test_a_moment_needs_a_time_and_an_offset() -> None:
    assert moment("2026-01-01T00:00:00Z") is not None
    assert [moment(text) for text in ("2026-01-01", "2026-01-01T00:00:00", "soon", None)] == [None] * 4
