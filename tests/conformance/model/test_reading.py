"""Reading a value of a PATCH: the legal ways to store it, and whether a server may refuse it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.reading import INVALID, NO, Reading, read_value

LIST: dict[str, Any] = {"name": "colours", "type": "string", "multiValued": True}
MANAGER: dict[str, Any] = {
    "name": "manager",
    "type": "complex",
    "subAttributes": [{"name": "value", "type": "string"}, {"name": "displayName", "mutability": "readOnly"}],
}


@pytest.mark.parametrize(
    ("definition", "value", "expected"),
    [
        ({"type": "string"}, "x", Reading(("x",))),
        ({"type": "string"}, "", Reading(("", None), INVALID)),
        ({"type": "string"}, None, Reading((None,), INVALID)),
        ({"type": "string"}, 3, NO),
        ({"type": "string", "canonicalValues": ["work"]}, "WORK", Reading(("WORK",))),
        ({"type": "string", "canonicalValues": ["work"]}, "x", Reading(("x",), INVALID)),
        ({"type": "boolean"}, True, Reading((True,))),
        ({"type": "boolean"}, "False", Reading((False,), INVALID)),
        ({"type": "boolean"}, "maybe", NO),
        ({"type": "integer"}, 3, Reading((3,))),
        ({"type": "integer"}, "3", Reading((3,), INVALID)),
        ({"type": "integer"}, 3.5, NO),
        ({"type": "decimal"}, 3.5, Reading((3.5,))),
        ({"type": "binary"}, "AAAA", Reading(("AAAA",))),
        ({"type": "binary"}, "?", Reading(("?",), INVALID)),
        ({"type": "dateTime"}, "soon", Reading(("soon",), INVALID)),
        (LIST, ["a", "b"], Reading((["a", "b"],))),
        (LIST, "a", Reading((["a"],), INVALID)),
        (LIST, [], Reading(([],))),
        (MANAGER, "1", Reading(({"value": "1"},), INVALID)),
        (MANAGER, {"value": "1"}, Reading(({"value": "1"},))),
    ],
)
def test_a_value_is_read_as_the_rfc_allows(definition: dict[str, Any], value: Any, expected: Reading) -> None:
    assert read_value({"name": "x", **definition}, value) == expected


def test_a_read_only_part_is_ignored_or_rejected() -> None:
    found = read_value(MANAGER, {"value": "1", "displayName": "x"})
    assert found.stored == ({"value": "1"},)
    assert "mutability" in found.refused
