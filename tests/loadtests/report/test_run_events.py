"""The events of a load run are sorted by kind; none is lost."""

from __future__ import annotations

from dataclasses import fields

from loadtests.report.run_events import by_kind, end_of
from tests.loadtests.report.bad_run import bad_run
from tests.stream_schema import assert_valid


def test_every_event_of_a_run_is_in_one_list() -> None:
    events = bad_run()
    run = by_kind(events)
    held = [getattr(run, field.name) for field in fields(run)]
    sorted_events = [event for kind in held for event in (kind if isinstance(kind, list) else [kind])]
    assert len(sorted_events) == len(events)
    assert all(event in sorted_events for event in events)


def test_differences_are_those_of_the_verification() -> None:
    assert [difference["attribute"] for difference in by_kind(bad_run()).differences] == ["title"]


def test_the_end_is_the_footer() -> None:
    assert end_of(bad_run())["exit_code"] == 1


def test_the_run_that_the_report_tests_use_is_one_that_load_could_write() -> None:
    assert_valid(bad_run(), "growth", "knee")
