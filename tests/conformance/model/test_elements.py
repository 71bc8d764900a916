"""Lists: what may stand after adding to them, repeated elements, and the one primary."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.definitions import Definition, named
from conformance.model.elements import added, same_value, tidied, with_one_primary
from tests.conformance.published import USERS

WORK: dict[str, Any] = {"value": "a@x.example", "type": "work"}
HOME: dict[str, Any] = {"value": "b@x.example", "type": "home"}
FIRST: dict[str, Any] = {**WORK, "primary": True}
SECOND: dict[str, Any] = {**HOME, "primary": True}


@pytest.fixture(scope="module")
def emails() -> Definition:
    found = named(USERS.by_urn[USERS.core], "emails")
    assert found is not None
    return found


def test_a_new_element_is_appended_and_an_existing_one_changes_nothing(emails: Definition) -> None:
    assert added(emails, [WORK], [HOME]) == [[WORK, HOME]]
    assert added(emails, [WORK], [{**WORK, "value": "A@x.example"}]) == [[WORK]]


def test_a_new_primary_takes_the_place_of_the_old_one(emails: Definition) -> None:
    assert added(emails, [FIRST], [SECOND]) == [[{**FIRST, "primary": False}, SECOND]]
    assert with_one_primary([FIRST, SECOND], FIRST) != [FIRST, SECOND]


def test_the_same_address_may_be_one_element_or_two(emails: Definition) -> None:
    other = {**WORK, "type": "home"}
    assert same_value(emails, WORK, other)
    lists = added(emails, [WORK], [other])
    assert [WORK, other] in lists
    assert [other] in lists
    assert [WORK] in lists


def test_a_repetition_may_be_left_out(emails: Definition) -> None:
    lists = tidied(emails, [WORK, WORK])
    assert [WORK] in lists
    assert [WORK, WORK] in lists
    assert tidied(emails, [WORK, HOME]) == [[WORK, HOME]]
