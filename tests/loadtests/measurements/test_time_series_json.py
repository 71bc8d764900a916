"""Series and totals survive JSON, and several processes add up."""

from __future__ import annotations

import json

import pytest

from loadtests.measurements.time_series import MOST_CELLS, Series, Total
from loadtests.measurements.time_series_json import series_of, series_value, totals_of, totals_value


def through_json(series: Series) -> Series:
    return series_of(json.loads(json.dumps(series_value(series))))


@pytest.mark.parametrize("seconds", [0, 1, MOST_CELLS * 3])
def test_a_series_survives_json_also_when_it_was_widened(seconds: int) -> None:
    series = Series()
    for second in range(seconds):
        series.note(second, "read user", second * 1.7, failed=second % 5 == 0)
    assert through_json(series) == series
    assert series.width > 1 or seconds <= MOST_CELLS


def test_totals_survive_json_with_their_tenants_as_numbers() -> None:
    totals = {3: Total(), 11: Total()}
    totals[3].note(1.5, "create user", 12.34, failed=True)
    assert totals_of(json.loads(json.dumps(totals_value(totals)))) == totals


def test_processes_add_up() -> None:
    one, two = Series(), Series()
    for series, second in ((one, 5), (one, 6), (two, 6)):
        series.note(second, "create user", 12.34, failed=False)
    whole = Series()
    for part in (one, two):
        whole.add(through_json(part))
    assert {at: cells["create user"].count for at, cells in whole.cells.items()} == {5: 1, 6: 2}
    assert whole.stored() == {5: 0, 6: 1}
