"""Work in threads: every item once, the first exception is raised, and a stop ends the rest."""

from __future__ import annotations

import threading

import pytest

from conformance.run.threads import work_off


def test_every_item_is_worked_on_once() -> None:
    done: list[int] = []
    work_off(range(100), done.append, threading.Event(), 8)
    assert sorted(done) == list(range(100))
    work_off([], done.append, threading.Event(), 8)
    assert len(done) == 100


def test_as_many_items_are_under_way_as_there_are_threads() -> None:
    barrier = threading.Barrier(4)

    def wait(item: int) -> None:
        barrier.wait(30)

    work_off(range(8), wait, threading.Event(), 4)
    assert not barrier.broken


def test_an_exception_stops_the_others_and_is_raised() -> None:
    stopped, done = threading.Event(), list[int]()

    def work(item: int) -> None:
        if item == 3:
            raise ValueError("three")
        done.append(item)

    with pytest.raises(ValueError, match="three"):
        work_off(range(100), work, stopped, 1)
    assert stopped.is_set()
    assert done == [0, 1, 2]


def test_a_stop_leaves_the_waiting_items() -> None:
    stopped, done = threading.Event(), list[int]()

    def work(item: int) -> None:
        done.append(item)
        stopped.set()

    work_off(range(100), work, stopped, 1)
    assert done == [0]
