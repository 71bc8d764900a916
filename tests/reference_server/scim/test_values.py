"""Values that clients write, checked by type and brought into declared form."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.errors import InvalidValue
from reference_server.scim.schema import Attribute, compile_schema
from reference_server.scim.tolerance import Rules
from reference_server.scim.values import is_unassigned, read_value

RULES = Rules()


def attribute(type_: str, **characteristics: Any) -> Attribute:
    document = {"id": "urn:x:T", "attributes": [{"name": "a", "type": type_, **characteristics}]}
    return compile_schema(document).attributes["a"]


@pytest.mark.parametrize(
    ("type_", "value", "read"),
    [
        ("string", "x", "x"),
        ("boolean", "TRUE", True),
        ("integer", 7, 7),
        ("decimal", 7, 7),
        ("decimal", 7.5, 7.5),
        ("dateTime", "2026-03-02T06:00:00Z", "2026-03-02T06:00:00Z"),
        ("binary", "AQI", "AQI"),
        ("binary", "_-8=", "_-8="),
        ("reference", "https://x.example", "https://x.example"),
    ],
)
def test_value_of_a_type(type_: str, value: Any, read: Any) -> None:
    assert read_value(attribute(type_), value, "a", RULES) == read


@pytest.mark.parametrize(
    ("type_", "value", "words"),
    [
        ("string", 1, "a: expected a string, got a number"),
        ("boolean", "yes", 'a: expected true or false, got "yes"'),
        ("integer", True, "a: expected an integer, got a boolean"),
        ("decimal", "1", 'a: expected a number, got "1"'),
        ("dateTime", "soon", "a: expected a date and time"),
        ("binary", "%", "a: expected base64"),
        ("complex", 7, "a: expected an object, got a number"),
    ],
)
def test_value_of_another_type_is_rejected(type_: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        read_value(attribute(type_), value, "a", RULES)


def test_lists_name_the_place_and_hold_each_value_once() -> None:
    numbers = attribute("integer", multiValued=True)
    assert read_value(numbers, [1, 2, 1, None, []], "a", RULES) == [1, 2]
    with pytest.raises(InvalidValue, match=r"a\[1\]: expected an integer"):
        read_value(numbers, [1, "x"], "a", RULES)


@pytest.mark.parametrize(
    ("type_", "value", "got"),
    [
        ("integer", [1, None], "a[1]: expected an integer, got null"),
        ("string", [[]], "a[0]: expected a string, got a list"),
        ("complex", [{"value": "1"}, None], "a[1]: expected an object, got null"),
        ("complex", [[]], "a[0]: expected an object, got a list"),
        ("complex", [[None]], "a[0]: expected an object, got a list"),
    ],
)
def test_null_and_an_empty_list_are_no_elements_in_strict_mode(type_: str, value: list[Any], got: str) -> None:
    listed = attribute(type_, multiValued=True, subAttributes=MEMBERS)
    with pytest.raises(InvalidValue) as refused:
        read_value(listed, value, "a", Rules(strict=True))
    assert refused.value.detail == got


@pytest.mark.parametrize(
    ("value", "unassigned"), [(None, True), ([], True), ({}, True), ("", True), (0, False), (False, False)]
)
def test_no_value(value: Any, unassigned: bool) -> None:
    assert is_unassigned(value, RULES) is unassigned
    assert is_unassigned("", Rules(strict=True)) is False


MEMBERS = [
    {"name": "value", "type": "string", "mutability": "immutable"},
    {"name": "$ref", "type": "reference", "referenceTypes": ["User"], "mutability": "immutable"},
]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([{"value": "1"}, {"value": "2"}, {"value": "1"}], ["1", "2"]),
        ([{"value": "1"}, {"VALUE": "1"}, {"value": "2", "display": "Ann"}], ["1", "2"]),
        ([{"value": "1"}, {"$ref": "https://x.example/Users/2"}], ["1", "2"]),
        ([{"value": '{"value":"1"}'}, {"value": "1"}], ["1"]),
        ([{"value": "1"}, {}], ["1"]),
    ],
)
def test_each_reference_of_a_list_is_read_once_in_any_form(written: Any, read: list[str]) -> None:
    members = attribute("complex", multiValued=True, subAttributes=MEMBERS)
    assert read_value(members, written, "members", RULES) == [{"value": id_} for id_ in read]


@pytest.mark.parametrize("written", [[{"value": ""}], [{"value": 1}], [{"value": "1"}, {"display": "Ann"}], ["1", 2]])
def test_a_reference_without_an_id_is_rejected(written: Any) -> None:
    members = attribute("complex", multiValued=True, subAttributes=MEMBERS)
    with pytest.raises(InvalidValue):
        read_value(members, written, "members", RULES)
