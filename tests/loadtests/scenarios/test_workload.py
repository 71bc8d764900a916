"""The work of a first cycle: every unit once, in an order in which each finds what it needs."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.scenarios.workload import GIVE_UP_AFTER, Phase, Unit, Workload, endless, first_phases
from simulator.company.people import Company
from tests.loadtests.first_cycle import first_cycle


def all_units(work: Workload, lanes: int, order: random.Random) -> list[Unit]:
    """Take and return work in several lanes, which finish in any order; asserts the invariants on the way."""
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
    assert work.record.failed == 0
    assert work.take() is None


def test_the_probe_comes_first_and_alone() -> None:
    work = first_cycle(7, 3)
    assert work.take() == Unit("probe")
    assert work.take() is None
    work.give_back(ok=False)
    assert work.take() == Unit("user", person=0)
    assert work.record.failed == 1


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


@settings(deadline=None, max_examples=25)
@given(users=st.integers(1, 30), shares=st.integers(1, 5))
def test_workers_share_the_work_without_talking(users: int, shares: int) -> None:
    whole = all_units(first_cycle(7, users), 1, random.Random(0))
    parts = []
    for share in range(shares):
        company = Company(7, users)
        groups = company.groups()
        work = Workload(company, groups, first_phases(company, groups), share, shares)
        while unit := work.take():
            parts.append(unit)
            work.give_back(unit, ok=True)
        assert work.finished
    assert sorted(parts, key=repr) == sorted(whole, key=repr)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def endless_work(clock: Clock, **more: object) -> Workload:
    phase = Phase("forever", endless(lambda number: Unit("read one", number % 2)), 0, seconds=10, **more)  # type: ignore[arg-type]
    return Workload(Company(7, 2), [], (phase,), now=clock)


def test_an_endless_phase_ends_by_time_and_lets_what_is_under_way_end() -> None:
    clock = Clock()
    work = endless_work(clock)
    taken = [work.take() for _ in range(50)]
    assert None not in taken
    clock.now = 10.0
    assert work.take() is None
    for unit in taken:
        assert not work.finished
        work.give_back(unit, ok=True)
    assert work.finished


def test_no_two_units_of_one_person_are_under_way_where_their_order_counts() -> None:
    clock = Clock()
    work = endless_work(clock, alone=True)
    first, second = work.take(), work.take()
    assert first is not None
    assert second is not None
    assert first.person != second.person
    assert work.take() is None
    work.give_back(first, ok=True)
    clock.now = 1.0
    again = work.take()
    assert again is not None
    assert again.person == first.person


def test_an_endless_phase_ends_in_time_although_there_are_more_lanes_than_people() -> None:
    clock = Clock()
    work = endless_work(clock, alone=True)
    under_way = [unit for _ in range(10_000) if (unit := work.take()) is not None]
    assert len({unit.person for unit in under_way}) == len(under_way)
    clock.now = 10.0
    for unit in under_way:
        work.give_back(unit, ok=True)
    assert work.finished


def test_what_is_not_there_yet_is_tried_again_until_patience_ends() -> None:
    clock = Clock()
    work = Workload(Company(7, 1), [], (Phase("wait", lambda: [Unit("leave", 0)], 1),), patience_s=5, now=clock)
    unit = work.take()
    assert unit is not None
    assert work.postpone(unit)
    assert work.take() is None
    assert not work.finished
    clock.now = 1.0
    assert work.take() == unit
    clock.now = 6.0
    assert not work.postpone(unit)
    work.give_back(unit, ok=False)
    assert (work.finished, work.record.failed) == (True, 1)
