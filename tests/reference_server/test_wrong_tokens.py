"""Wrong tokens are counted by where they come from, for a minute."""

from __future__ import annotations

import pytest

from reference_server.wrong_tokens import FLOOD, MOST_SOURCES, Guesses, source_of


def wrong(guesses: Guesses, source: str, *moments: float) -> list[int]:
    """Guess at these moments; what each had to wait before (a guess that must wait is not compared and not counted)."""
    waits = []
    for now in moments:
        waits.append(guesses.wait(source, now))
        if not waits[-1]:
            guesses.note(source, now)
    return waits


def test_a_source_waits_until_its_minute_is_over() -> None:
    guesses = Guesses(limit=2)
    assert not guesses
    assert wrong(guesses, "a", 0.0, 1.0, 2.0, 59.5, 60.0, 61.0, 62.0) == [0, 0, 58, 1, 0, 0, 58]
    assert guesses.wait("b", 2.0) == 0
    assert guesses


def test_a_flood_from_many_sources_leaves_each_of_them_one_guess() -> None:
    guesses = Guesses(limit=2)
    for number in range(FLOOD * 2 - 1):
        guesses.note(f"bot {number}", 0.0)
    guesses.note("admin", 1.0)
    assert guesses.is_flood(1.0)
    assert guesses.wait("admin", 1.0) == 60
    assert guesses.wait("someone new", 1.0) == 0
    assert not guesses.is_flood(61.0)


def test_first_and_last_wrong_token_of_a_minute_are_worth_a_line() -> None:
    guesses = Guesses(limit=3)
    assert [guesses.is_worth_a_line(guesses.note("a", now), now) for now in (0.0, 1.0, 2.0, 61.0)] == [
        True,
        False,
        True,
        True,
    ]


def test_many_sources_do_not_grow_the_process() -> None:
    guesses = Guesses(limit=2)
    for number in range(MOST_SOURCES + 10):
        guesses.note(str(number), 0.0)
    assert len(guesses._counts) == MOST_SOURCES


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:0db8:0000:0000"),
        ("2001:db8::ffff:1", "2001:0db8:0000:0000"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_is_one_source(address: str, source: str) -> None:
    assert source_of(address) == source
