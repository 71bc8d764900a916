"""The catalogue of defects: each names checks that exist, and what is left out has a reason."""

from __future__ import annotations

from pathlib import Path

from conformance.defects.catalogue import defects
from conformance.run.collect import CHECKS
from tests.conformance.every_check import checks, rows_of


def test_defects_name_checks_that_exist() -> None:
    functions = {check.function for check in checks()}
    wrong = [
        f"{d.name}: {name}" for d in defects().values() for name in d.killed_by if name != "*" and name not in functions
    ]
    assert wrong == []
    assert len(defects()) >= 150


def test_bugs_that_are_left_out_have_a_reason_and_are_no_defects() -> None:
    rows = rows_of(Path(str(CHECKS.parent / "defects" / "left_out.csv")))
    assert [row["bug"] for row in rows if len(row["reason"]) < 15 or row["bug"] in defects()] == []
