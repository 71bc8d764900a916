"""What harms users most comes first, and a finding is called what the server answered."""

from __future__ import annotations

import csv
from importlib.resources import files

from conformance.report.causes import causes_of
from tests.conformance import made_up_runs
from tests.conformance.made_up_runs import check, exchange


def test_an_error_is_never_called_a_success_with_a_wrong_state() -> None:
    events = made_up_runs.run(
        exchange(1, "PATCH", "/Users/77", 400, sent={}),
        check("test_a", "FAIL", exchanges=[1], level="lie", expected="200 or 204", got="400 (no)"),
    )
    (cause,) = causes_of(events)
    assert cause.level == "refusal"
    told = made_up_runs.shown(events)
    assert "the server returns 400" in told
    assert "success reported, wrong state" not in told


def test_leavers_and_groups_come_first_and_form_last() -> None:
    wide = [check(f"test_locale_{n}", "FAIL", message="wide", level="lie") for n in range(5)]
    events = made_up_runs.run(
        *(check(f"test_form_{n}", "FAIL", message="form", level="cosmetic") for n in range(9)),
        *wide,
        check("test_members_are_kept", "FAIL", level="refusal"),
        check("test_leaver_is_inactive", "FAIL", level="refusal", message="active"),
    )
    assert [cause.first["function"] for cause in causes_of(events)] == [
        "test_leaver_is_inactive",
        "test_members_are_kept",
        "test_locale_0",
        "test_form_0",
    ]


def test_the_harm_of_a_root_also_ranks_a_single_finding() -> None:
    told = {"message": "unexpected status", "expected": "400", "got": "200"}
    events = made_up_runs.run(
        exchange(1, "GET", "/Users?filter=", 200),
        check("test_filter_is_whole", "FAIL", exchanges=[1], level="lie", **told),
        check("test_search", "FAIL", level="refusal", message="not found"),
    )
    causes = causes_of(events)
    assert [cause.first["function"] for cause in causes] == ["test_search", "test_filter_is_whole"]
    assert causes[1].headline == causes[1].first["title"]


def test_the_table_of_harm_counts_from_zero() -> None:
    rows = list(csv.DictReader((files("conformance.report") / "harm.csv").read_text("utf-8").splitlines()))
    assert [int(row["rank"]) for row in rows] == list(range(len(rows)))
