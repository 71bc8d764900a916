"""A number and the words that follow it agree."""

from __future__ import annotations

import pytest

from simulator.wording import counted, of_argument, pluralize


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (0, ("check",), "0 checks"),
        (1, ("check",), "1 check"),
        (2, ("check",), "2 checks"),
        (12_969, ("request",), "12,969 requests"),
        (1, ("resource remains", "resources remain"), "1 resource remains"),
        (3, ("resource remains", "resources remain"), "3 resources remain"),
        (1, ("person", "people"), "1 person"),
        (200, ("person", "people"), "200 people"),
    ],
)
def test_one_is_followed_by_the_singular(count: int, words: tuple[str, ...], expected: str) -> None:
    assert counted(count, *words) == expected
    assert expected.endswith(f" {pluralize(count, *words)}")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("--verify-tls: expected true", "verify_tls: expected true"),
        ("-k: not an expression", "expression: not an expression"),
        ("run.jsonl: No space left on device", "run.jsonl: No space left on device"),
        ("--- : x", "--- : x"),
    ],
)
def test_an_option_is_an_argument_in_python(message: str, expected: str) -> None:
    assert of_argument(ValueError(message)) == expected
