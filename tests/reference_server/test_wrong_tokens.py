"""Wrong tokens are counted by address, for a minute."""

from __future__ import annotations

from reference_server.wrong_tokens import MOST_ADDRESSES, Guesses


def test_guessing_is_slowed_by_address_until_the_minute_is_over() -> None:
    guesses = Guesses(limit=2)
    assert [guesses.wait("a", now) for now in (0.0, 1.0, 2.0, 59.5)] == [0, 0, 58, 1]
    assert guesses.wait("b", 2.0) == 0
    assert guesses.wait("a", 60.0) == 0


def test_first_wrong_token_of_a_minute_is_worth_a_line() -> None:
    guesses = Guesses(limit=2)
    firsts = []
    for now in (0.0, 1.0, 61.0):
        guesses.wait("a", now)
        firsts.append(guesses.is_first("a"))
    assert firsts == [True, False, True]


def test_many_addresses_do_not_grow_the_process() -> None:
    guesses = Guesses(limit=2)
    for number in range(MOST_ADDRESSES + 10):
        guesses.wait(str(number), 0.0)
    assert len(guesses._counts) <= MOST_ADDRESSES + 1
