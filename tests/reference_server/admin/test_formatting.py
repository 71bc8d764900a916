"""Moments, lengths of time, and counts as the admin pages show them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reference_server.admin import formatting
from tests.support import MONDAY


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, "less than a minute"), (12, "12 min"), (60, "1 h"), (3599, "59 h 59 min"), (96 * 60 + 60, "4 d 1 h")],
)
def test_duration(minutes: int, shown: str) -> None:
    assert formatting.duration(minutes) == shown


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (None, "none"),
        ("", "none"),
        ([], "none"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ("dan@x.com", "dan@x.com"),
        (["é", None], '["é", null]'),
        ({"primary": True}, '{"primary": true}'),
    ],
)
def test_values_are_words_or_json(held: object, shown: str) -> None:
    assert formatting.value(held) == shown


def test_moments() -> None:
    assert formatting.moment(MONDAY) == "Mon 2 Mar 2026 05:00"
    assert formatting.moment(None) == "never"
    assert formatting.clock_time("2026-03-02T06:00:12+01:00") == "05:00:12"
    assert formatting.until(MONDAY + timedelta(hours=2), MONDAY) == "in 2 h"


def test_counts() -> None:
    assert (formatting.number(50_000), formatting.counted(1, "deactivated"), formatting.counted(2, "deactivated")) == (
        "50,000",
        "loses access",
        "lose access",
    )
    assert (formatting.kind("closed"), formatting.attribute("sites"), formatting.attribute("x")) == (
        "account deactivated",
        "site access",
        "x",
    )
