"""Expectations are sentences; a sentence that is not known is an error that lists the known ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.lifecycle.expectations import DEFAULT_WITHIN, FORMS, Expectation, parse_expectation

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "anna has no access": ("no access", {"who": "anna"}),
    "anna has access": ("access", {"who": "anna"}),
    "7 is active": ("active", {"who": "7"}),
    "anna is inactive": ("inactive", {"who": "anna"}),
    "anna does not exist": ("gone", {"who": "anna"}),
    "anna exists": ("there", {"who": "anna"}),
    "anna's account is active": ("account active", {"who": "anna"}),
    "anna's account is inactive": ("account inactive", {"who": "anna"}),
    "anna's manager is bert": ("manager", {"who": "anna", "value": "bert"}),
    "anna has no manager": ("no manager", {"who": "anna"}),
    "anna's title is 'Head of X'": ("attribute", {"who": "anna", "path": "title", "value": "Head of X"}),
    "anna's name.givenName is Ann": ("attribute", {"who": "anna", "path": "name.givenName", "value": "Ann"}),
    "anna is not in Site Oslo": ("not member", {"who": "anna", "group": "Site Oslo"}),
    'anna is in "Everybody"': ("member", {"who": "anna", "group": "Everybody"}),
    "Department Sales has 11 members": ("members", {"group": "Department Sales", "count": 11}),
    "Department Sales has 1 member": ("members", {"group": "Department Sales", "count": 1}),
    "at most 9 requests": ("requests", {"count": 9}),
    "at most 1 request": ("requests", {"count": 1}),
    "the job is quarantined": ("quarantined", {}),
    "the job is healthy": ("healthy", {}),
    "the target equals the directory": ("equal", {}),
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_a_sentence_is_taken_apart(text: str, expected: tuple[str, dict[str, Any]]) -> None:
    kind, fields = expected
    assert parse_expectation(text) == Expectation(text, kind, DEFAULT_WITHIN, **fields)


def test_every_form_has_a_case() -> None:
    assert {kind for kind, _ in CASES.values()} == FORMS.keys()


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("anna is inactive", timedelta(minutes=45)),
        ("anna is inactive within 2h", timedelta(hours=2)),
        ("  anna is inactive within 1d12h  ", timedelta(days=1, hours=12)),
        ("anna's title is Lead within 90s", timedelta(seconds=90)),
    ],
)
def test_a_time_limit_may_follow(text: str, within: timedelta) -> None:
    assert parse_expectation(text).within == within


@pytest.mark.parametrize(
    "text",
    [
        "anna is happy",
        "is active",
        "at most many requests",
        "Everybody has members",
        "",
        "two\nlines",
    ],
)
def test_an_unknown_sentence_is_an_error_that_lists_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="an expectation, got") as failed:
        parse_expectation(text)
    assert f'got "{text}"' in str(failed.value)
    assert "anna has no access; anna has access" in str(failed.value)
    assert "?" not in str(failed.value)  # sentences, not patterns
