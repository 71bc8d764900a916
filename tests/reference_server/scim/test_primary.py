"""At most one value is primary: the cases of RFC 7643 section 2.4 and RFC 7644 section 3.5.2."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.primary import has_several_primaries, keep_one_primary

HOME, WORK, OLD = {"value": "h"}, {"value": "w", "primary": True}, {"value": "o", "primary": True}


@pytest.mark.parametrize(
    ("elements", "several"),
    [([], False), ([WORK], False), ([HOME, WORK], False), ([WORK, OLD], True), ([{"primary": "true"}, WORK], False)],
)
def test_only_one_value_may_be_primary(elements: list[dict[str, Any]], several: bool) -> None:
    assert has_several_primaries(elements) is several


def test_the_earlier_primary_becomes_false() -> None:
    assert keep_one_primary([OLD, HOME, WORK], [2]) == [{"value": "o", "primary": False}, HOME, WORK]


def test_the_last_of_several_new_primaries_wins() -> None:
    assert [element["primary"] for element in keep_one_primary([OLD, WORK], [0, 1])] == [False, True]


def test_nothing_changes_without_a_new_primary() -> None:
    elements = [OLD, WORK]
    assert keep_one_primary(elements, []) is elements
