"""Orders by the RFC's text (section 3.4.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.path_model import parse_path
from conformance.model.sort_model import in_order
from tests.conformance.published import DEVICES, USERS


def users(*names: str | None) -> list[dict[str, Any]]:
    return [{"title": name} if name is not None else {} for name in names]


@pytest.mark.parametrize(
    ("listed", "descending", "expected"),
    [
        (users("Alpha", "beta", "Gamma"), False, True),
        (users("Alpha", "Gamma", "beta"), False, False),
        (users("gamma", "Beta", "alpha"), True, True),
        (users("a", "b", None), False, True),
        (users(None, "a", "b"), False, False),
        (users(None, "b", "a"), True, True),
        (users("b", "a", None), True, False),
        (users("a", "A", "a"), False, True),
        (users("a_b", "ab"), False, None),
        (users("", "a"), False, None),
        (users(), False, True),
    ],
)
def test_texts_without_case_come_in_order(
    listed: list[dict[str, Any]], descending: bool, expected: bool | None
) -> None:
    assert in_order(listed, parse_path("title").attribute, USERS, descending=descending) is expected


def test_a_list_counts_by_its_primary_element_else_its_first() -> None:
    first = {"emails": [{"value": "z"}, {"value": "a", "primary": True}]}
    second = {"emails": [{"value": "b"}, {"value": "a"}]}
    path = parse_path("emails.value").attribute
    assert in_order([first, second], path, USERS) is True
    assert in_order([second, first], path, USERS) is False


def test_moments_and_numbers_come_in_their_own_order() -> None:
    early, late = {"bought": "2026-01-01T10:00:00+02:00"}, {"bought": "2026-01-01T09:00:00Z"}
    assert in_order([early, late], parse_path("bought").attribute, DEVICES) is True
    assert in_order([late, early], parse_path("bought").attribute, DEVICES) is False
    assert in_order([{"ports": 9}, {"ports": 10}], parse_path("ports").attribute, DEVICES) is True


@pytest.mark.parametrize("path", ["name", "nobody", "active"])
def test_what_has_no_order_is_open(path: str) -> None:
    listed = [{"active": True, "name": {"givenName": "b"}}, {"active": False, "name": {"givenName": "a"}}]
    assert in_order(listed, parse_path(path).attribute, USERS) is None
