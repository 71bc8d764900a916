"""The schedule of an open loop: a fixed number of arrivals a second, whatever the target does."""

from __future__ import annotations

import pytest

from loadtests.locust.shapes import Arrivals


def test_arrivals_are_as_far_apart_as_the_rate_says() -> None:
    arrivals = Arrivals(4)
    assert [arrivals.next_at(100.0) for _ in range(5)] == [100.0, 100.25, 100.5, 100.75, 101.0]


def test_a_late_lane_finds_its_moment_in_the_past() -> None:
    arrivals = Arrivals(10)
    arrivals.next_at(0.0)
    assert arrivals.next_at(5.0) == pytest.approx(0.1), "4.9 s late, and that counts"


def test_no_one_is_late_while_there_was_nothing_to_send() -> None:
    arrivals = Arrivals(10)
    arrivals.next_at(0.0)
    arrivals.note_idle()
    assert arrivals.next_at(5.0) == pytest.approx(5.0)
    assert arrivals.next_at(5.0) == pytest.approx(5.1)


def test_workers_share_the_moments() -> None:
    both = [Arrivals(10, share=share, shares=2) for share in (0, 1)]
    moments = sorted(one.next_at(0.0) for one in both for _ in range(5))
    assert moments == pytest.approx([number / 10 for number in range(10)])


def test_without_a_rate_everything_is_due_at_once() -> None:
    arrivals = Arrivals(0)
    assert [arrivals.next_at(3.0) for _ in range(3)] == [3.0, 3.0, 3.0]


def test_a_ramp_begins_slowly_and_ends_at_the_rate() -> None:
    arrivals = Arrivals(100, ramp_seconds=10)
    moments = [arrivals.moment(number) for number in range(2000)]
    assert moments == sorted(moments)
    assert sum(moment < 1 for moment in moments) == pytest.approx(14.5, abs=1)  # a tenth of the rate, growing
    assert sum(moment < 10 for moment in moments) == pytest.approx(550, abs=1)
    assert moments[1500] - moments[1400] == pytest.approx(1.0)
