"""The sections of a simulation's page: writes per day, exposure of leavers, and the provisioning log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.report.html_sections import expectations, exposure_distribution, provisioning_log, requests_over_time
from simulator.report.leaver_exposure import Exposure
from tests.simulator.report.made_up_log import AT, entry, exchange, failure, run

FRIDAY_EVENING = datetime(2026, 3, 6, 18, 5, tzinfo=UTC)


def left(after: timedelta | None, at: datetime = FRIDAY_EVENING) -> Exposure:
    return Exposure("p-1", "Anna", at, None if after is None else at + after, ())


def test_only_writes_are_drawn_and_each_day_has_a_bar() -> None:
    look_up = {"cause": {"operation": "match user"}}
    later = {"virtual_at": AT.replace("03-02", "03-03")}
    drawn = requests_over_time(run(exchange(1), exchange(2, **look_up), exchange(3, **later)))
    assert drawn.count('class="bar"') == 1  # the first day holds the initial cycle and is only mentioned
    assert "2026-03-03: create 1" in drawn
    assert "the 1 write of the first day is not shown" in " ".join(
        drawn.replace("&#x27;", "'").replace("&#39;", "'").split()
    )


def test_a_run_that_wrote_nothing_says_so() -> None:
    look_up = {"cause": {"operation": "match user"}}
    assert requests_over_time(run(exchange(1, **look_up))) == "<p>There were no writes.</p>"


@pytest.mark.parametrize(
    ("after", "bucket"), [(timedelta(minutes=15), "≤ 15 min"), (timedelta(hours=61), "≤ 3 d"), (timedelta(9), "longer")]
)
def test_each_leaver_is_in_the_bucket_of_its_exposure(after: timedelta, bucket: str) -> None:
    rows = exposure_distribution([left(after)]).split("<tr>")
    [row] = [row for row in rows if bucket in row]
    assert ">1<" in row
    assert sum(">1<" in other for other in rows) == 1


def test_leavers_at_night_or_on_a_weekend_are_counted() -> None:
    monday = FRIDAY_EVENING - timedelta(days=4, hours=8)
    shown = exposure_distribution([left(timedelta(hours=60)), left(timedelta(hours=1), monday)])
    assert "1 of 2 leavers left at night or on a weekend" in shown


def test_without_an_exposure_that_ended_there_is_no_section() -> None:
    assert exposure_distribution([left(None)]) == ""


def test_the_log_shows_failures_first_and_escapes_names() -> None:
    shown = provisioning_log(run(entry(name="<Anna>"), failure(name="Bert")))
    assert shown.index("Bert") < shown.index("&lt;Anna&gt;")
    assert "next attempt 2026-03-02 15:05 (try 1)" in shown


def test_a_run_without_expectations_has_no_such_section() -> None:
    assert expectations(run(entry())) == ""
