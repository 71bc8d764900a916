"""CSV of a load run: a row per operation."""

from __future__ import annotations

import csv
import io

from loadtests.report.csv_rows import as_csv
from tests.loadtests.report.bad_run import bad_run


def test_csv_has_a_row_per_operation() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(bad_run()))))
    assert [(row["operation"], row["p99_ms"]) for row in rows] == [("create user", "8.0"), ("match user", "")]
