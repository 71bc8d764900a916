"""The CSV log is three files that a change id joins, without cells that a spreadsheet would run (docs/notes/entra.md 7.2)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from simulator.report.log_csv import LOGS, PROPERTIES, STEPS, log_files
from simulator.report.provisioning_log import log_entries
from tests.simulator.report.made_up_log import entry, exchange, failure, run


def tables(*events: Any) -> dict[str, list[dict[str, str]]]:
    files = log_files(log_entries(run(*events)))
    return {name: list(csv.DictReader(io.StringIO(content, newline=""))) for name, content in files.items()}


def test_a_change_joins_the_three_files() -> None:
    found = tables(exchange(1), entry(exchanges=[1]), failure(person="p-2", name="Bert Jones"))
    assert list(found) == [LOGS, STEPS, PROPERTIES]
    anna, bert = (row["ChangeId"] for row in found[LOGS])
    assert anna != bert
    assert [row["ChangeId"] for row in found[STEPS]] == [anna, anna, bert]
    assert [row["ChangeId"] for row in found[PROPERTIES]] == [anna]


def test_a_row_has_what_the_portal_shows() -> None:
    [row] = tables(exchange(1, status=400), failure(exchanges=[1]))[LOGS]
    shown = (
        "Date",
        "Action",
        "Status",
        "ErrorCode",
        "SourceIdentity",
        "IdentityType",
        "TargetId",
        "DurationInMilliseconds",
    )
    assert [row[name] for name in shown] == [
        "2026-03-02T09:05:00Z", "create", "failure", "SystemForCrossDomainIdentityManagementBadRequest",
        "Anna Smith", "User", "", "2",
    ]  # fmt: skip
    assert row["Reason"].startswith("StatusCode: BadRequest\r\nMessage: Processing of the HTTP request resulted")


def test_old_and_new_values_are_shown_and_a_missing_one_is_empty() -> None:
    found = tables(entry(modified=[["title", "Clerk", "Lead"], ["active", True, False], ["nickName", None, "A"]]))
    assert [(row["DisplayName"], row["OldValue"], row["NewValue"]) for row in found[PROPERTIES]] == [
        ("title", "Clerk", "Lead"),
        ("active", "True", "False"),
        ("nickName", "", "A"),
    ]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+SUM(A1)", "-1+1", "@import", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(name: str) -> None:
    found = tables(entry(name=name, modified=[["title", name, name]]))
    assert found[LOGS][0]["SourceIdentity"] == f"'{name}"
    assert [found[PROPERTIES][0][column] for column in ("OldValue", "NewValue")] == [f"'{name}"] * 2


@pytest.mark.parametrize("name", ['Anna "Ann" O\'Brien', "new\nline, comma; semicolon", "Łucja 👩‍💻", "a=b"])
def test_any_other_name_is_read_back_unchanged(name: str) -> None:
    assert tables(entry(name=name))[LOGS][0]["SourceIdentity"] == name


def test_a_run_without_entries_has_the_head_rows_alone() -> None:
    assert [content.count("\r\n") for content in log_files([]).values()] == [1, 1, 1]
