"""The work of a first cycle: every unit once, in an order in which each finds what it needs."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.workload import GIVE_UP_AFTER, Unit, Workload, first_cycle


def all_units(work: Workload, lanes: int, order: random.Random) -> list[Unit]:
    """Take and give back with so many lanes, finishing in any order; asserts what must hold on the way."""
    taken: list[Unit] = []
    under_way: list[Unit] = []
    while not work.finished:
        while len(under_way) < lanes and (unit := work.take()):
            if unit.kind in ("member", "manager"):
                made = Counter(done.kind for done in taken if done not in under_way)
                assert made["user"] == work.company.size
                assert made["group"] == len(work.groups)
            taken.append(unit)
            under_way.append(unit)
        assert under_way, "nothing to do and not finished"
        under_way.pop(order.randrange(len(under_way)))
        work.give_back(ok=True)
    return taken


@settings(deadline=None, max_examples=25)
@given(users=st.integers(1, 12), lanes=st.integers(1, 9), order=st.randoms(use_true_random=False))
def test_every_unit_is_handed_out_once_with_any_number_of_lanes(users: int, lanes: int, order: random.Random) -> None:
    work = first_cycle(7, users)
    taken = all_units(work, lanes, order)
    assert len(taken) == len(set(taken)) == work.total == work.done
    assert Counter(unit.kind for unit in taken)["user"] == users
    assert work.failed == 0
    assert work.take() is None


def test_the_probe_comes_first_and_alone() -> None:
    work = first_cycle(7, 3)
    assert work.take() == Unit("probe")
    assert work.take() is None
    work.give_back(ok=False)
    assert work.take() == Unit("user", person=0)
    assert work.failed == 1


def test_members_are_those_of_the_company() -> None:
    work = first_cycle(7, 30)
    members = {(unit.group, unit.person) for unit in all_units(work, 1, random.Random(0)) if unit.kind == "member"}
    assert members == {(n, i) for n, group in enumerate(work.groups) for i in group.member_indexes}


def test_two_processes_make_the_same_work_from_the_same_seed() -> None:
    first, second = first_cycle(9, 20), first_cycle(9, 20)
    assert [first.company.person(i) for i in range(20)] == [second.company.person(i) for i in range(20)]
    assert first.groups == second.groups
    assert first.groups != first_cycle(10, 20).groups


def test_nothing_more_is_handed_out_when_the_target_is_gone() -> None:
    work = first_cycle(7, 5)
    for _ in range(GIVE_UP_AFTER):
        assert not work.gave_up
        work.note_answer(came=False)
    assert work.gave_up
    assert work.take() is None
    work.note_answer(came=True)
    assert work.gave_up, "a late answer does not start it again"


@pytest.mark.parametrize("between", [1, GIVE_UP_AFTER - 1])
def test_an_answer_in_between_counts_as_life(between: int) -> None:
    work = first_cycle(7, 5)
    for number in range(GIVE_UP_AFTER * 3):
        work.note_answer(came=number % (between + 1) == between)
    assert not work.gave_up
