"""Values appear in findings as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from conformance.requirements.json_values import json_of, type_name


def test_values_are_shown_as_json() -> None:
    assert json_of({"active": True, "title": None, "name": "Zoë"}) == '{"active": true, "title": null, "name": "Zoë"}'
    assert json_of([frozenset(["b", "a"]), date(2026, 1, 31)]) == '[["a", "b"], "2026-01-31"]'
    assert (json_of("False"), json_of(False)) == ('"False"', "false")
    assert json_of("abcdefgh", 6) == '"abcd…'


def test_types_have_their_names_in_json() -> None:
    values: tuple[Any, ...] = (True, 1, 1.5, "", [], {}, None)
    assert [type_name(value) for value in values] == [
        *("boolean", "number", "number", "string", "array", "object", "null"),
    ]
