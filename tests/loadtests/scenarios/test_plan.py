"""The plan of a scenario: the same users in every process, and each user once per round."""

from __future__ import annotations

from itertools import pairwise

import pytest

from loadtests.scenarios.plan import scattered, some_people


@pytest.mark.parametrize(("size", "part", "number"), [(1000, 0.01, 10), (10, 0.01, 1), (1, 0.1, 1), (3, 1.0, 3)])
def test_a_part_of_the_people_has_at_least_one_and_no_one_twice(size: int, part: float, number: int) -> None:
    chosen = some_people(4711, "leavers", size, part)
    assert len(chosen) == len(set(chosen)) == number
    assert set(chosen) <= set(range(size))


def test_seed_and_name_decide_who_is_chosen() -> None:
    first = some_people(4711, "cycle 1", 1000, 0.1)
    assert some_people(4711, "cycle 1", 1000, 0.1) == first
    assert first not in (some_people(4711, "cycle 2", 1000, 0.1), some_people(4712, "cycle 1", 1000, 0.1))


@pytest.mark.parametrize("size", [1, 2, 3, 10, 97, 100, 1000])
def test_everyone_has_a_turn_once_a_round(size: int) -> None:
    assert sorted(scattered(size, number) for number in range(size)) == list(range(size))
    assert scattered(size, size + 1) == scattered(size, 1)


def test_neighboring_turns_are_far_apart() -> None:
    turns = [scattered(1000, number) for number in range(100)]
    assert min(abs(one - other) for one, other in pairwise(turns)) > 100
